package dev.savile.technique.lora;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Rng;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.ArrayList;
import java.util.List;

/// Add up tensors `t_i` of one shape, each of another adapter and by a weight `w_i`.
///
/// | step | what happens to each value |
/// |---|---|
/// | keep | all stay; or the share `density` that is largest; or each by chance, and is divided by `density` |
/// | elect | values whose sign is not that of the sum of all `t_i` are left out; a sum of zero counts as positive |
/// | sum | `sum(w_i t_i)`; after an election divided by the number of values that are left and not zero |
///
/// The weights come last: neither what is kept nor the election knows them, as in the papers, so a negative weight
/// does not turn an adapter's vote. Values as large as the smallest that is kept are kept too: no order decides.
///
/// *Papers*: Ilharco et al., "Editing models with task arithmetic", 2023; Yadav et al., "TIES-merging", 2023; Yu et
/// al., "Language models are Super Mario" (DARE), 2024.
///
/// @param density share of the values that are kept, above 0 and at most 1; one value at least
/// @param seed    of the chance
record TaskSum(Keep keep, boolean elected, double density, long seed) {
    /// Which values of a tensor are kept.
    enum Keep {
        ALL,
        LARGEST,
        RANDOM
    }

    /// @param name of the sum, so that each draws from a stream of its own
    Tensor of(List<Tensor> tensors, List<Double> weights, String name) {
        List<Tensor> kept = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) kept.add(kept(tensors.get(i), name + "." + i));
        return elected ? agreed(kept, weights) : weighted(kept, weights);
    }

    static Tensor weighted(List<Tensor> tensors, List<Double> weights) {
        Tensor sum = tensors.getFirst().times(weights.getFirst());
        for (int i = 1; i < tensors.size(); i++) sum = sum.plus(tensors.get(i), weights.get(i));
        return sum;
    }

    private Tensor kept(Tensor values, String name) {
        if (density == 1) return values;
        return switch (keep) {
            case ALL -> values;
            case LARGEST -> {
                long count = Math.max(1, (long) (density * values.count()));
                Tensor sizes = values.abs();
                double least = sizes.reshape(values.count())
                        .topK(count)
                        .values()
                        .narrow(0, count - 1, 1)
                        .item();
                yield values.times(sizes.atLeast(least).to(values.dtype()));
            }
            case RANDOM -> {
                var rng = Rng.of(seed, "dare", name);
                float[] mask = new float[(int) values.count()];
                for (int i = 0; i < mask.length; i++) mask[i] = rng.nextDouble() < density ? 1 : 0;
                yield values.times(Tensors.of(mask, values.shape())
                                .to(values.dtype())
                                .on(values.device()))
                        .times(1 / density);
            }
        };
    }

    private static Tensor agreed(List<Tensor> tensors, List<Double> weights) {
        Tensor total = tensors.getFirst();
        for (int i = 1; i < tensors.size(); i++) total = total.plus(tensors.get(i));
        DType type = total.dtype();
        Device device = total.device();
        Tensor sign = total.atLeast(0).to(type).times(2).plus(-1); // 1 or -1
        Tensor zeros = Tensors.zeros(type, device, total.shape());
        Tensor sum = zeros;
        Tensor count = zeros;
        for (int i = 0; i < tensors.size(); i++) {
            Tensor agrees = zeros.lessThan(tensors.get(i).times(sign)).to(type); // 1 or 0
            sum = sum.plus(tensors.get(i).times(agrees), weights.get(i));
            count = count.plus(agrees);
        }
        return sum.dividedBy(count.clamped(1, tensors.size()));
    }
}
