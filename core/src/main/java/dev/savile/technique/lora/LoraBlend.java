package dev.savile.technique.lora;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Targets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One LoRA in place of several, each with a weight.
///
/// | method | what it does |
/// |---|---|
/// | [Method#CAT] | the exact sum; its rank is the sum of the ranks |
/// | [Method#SVD] | the best approximation of the sum at a given rank |
/// | [Method#LINEAR] | sums the factors, not their products: an approximation, equal ranks only |
/// | [Method#TIES] | as LINEAR, but keeps large values and, of those, the ones of the prevailing sign (Yadav et al.,
/// 2023) | | [Method#DARE] | as LINEAR, but drops values at random and scales the rest up (Yu et al., 2023) |
///
/// *Reference*: PEFT's `add_weighted_adapter` with the combination types of these names.
public final class LoraBlend {
    public enum Method {
        CAT,
        SVD,
        LINEAR,
        TIES,
        DARE
    }

    /// How adapters are combined.
    ///
    /// @param rank    of [Method#SVD]; 0 for the largest of the adapters' ranks
    /// @param density share of the values that [Method#TIES] and [Method#DARE] keep
    /// @param seed    of [Method#DARE]
    public record Settings(Method method, int rank, double density, long seed) {
        public Settings {
            if (!(density > 0 && density <= 1))
                throw new UserError(
                        "blend.density",
                        "the share of values kept must be above 0 and at most 1, got " + density,
                        "nothing would be left",
                        "use 0.5");
        }
    }

    /// What came of it.
    ///
    /// @param error length of the difference to the exact sum, over the length of the sum
    public record Result(LoraTuning lora, double error) {}

    private final CausalLm model;
    private final List<LoraTuning> parts;
    private final double[] weights;
    private final Settings settings;

    private LoraBlend(CausalLm model, List<LoraTuning> parts, double[] weights, Settings settings) {
        this.model = model;
        this.parts = parts;
        this.weights = weights;
        this.settings = settings;
    }

    /// Combine adapters. The result belongs to the caller.
    ///
    /// @throws UserError `blend.parts` when an adapter has more than low-rank updates of linears, or when the
    ///                   method needs equal ranks; `blend.weights` when there is not one weight for each
    public static Result of(CausalLm model, List<LoraTuning> parts, double[] weights, Settings settings) {
        if (weights.length != parts.size())
            throw new UserError(
                    "blend.weights",
                    parts.size() + " adapters have " + weights.length + " weights",
                    "each adapter counts by its weight",
                    "give one weight for each, such as 0.5,0.5");
        for (LoraTuning part : parts)
            if (part.spec().dora()
                    || part.embeddingUpdate() != null
                    || !part.wholeParameters().isEmpty())
                throw new UserError(
                        "blend.parts",
                        "an adapter has lengths, an embedding or whole modules beside its low-rank updates",
                        "such parts cannot be added up",
                        "combine plain LoRA adapters");
        return new LoraBlend(model, parts, weights, settings).blend();
    }

    private record Pair(Tensor a, Tensor b) {}

    private Result blend() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Map<String, Pair> pairs = new LinkedHashMap<>();
            double difference = 0;
            double length = 0;
            for (Linear site : model.linears()) {
                List<LoraTuning.Factors> own = new ArrayList<>();
                List<Double> shares = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    LoraTuning.Factors factors = parts.get(i).factors(site.path());
                    if (factors == null) continue;
                    own.add(factors);
                    shares.add(weights[i] * factors.scale());
                }
                if (own.isEmpty()) continue;
                Tensor exact = exact(own, shares);
                Pair pair = pair(site, own, shares, exact);
                pairs.put(site.path(), pair);
                difference += pair.b
                        .matmul(pair.a)
                        .minus(exact)
                        .squared()
                        .sum()
                        .to(DType.F64)
                        .item();
                length += exact.squared().sum().to(DType.F64).item();
            }
            return new Result(tuning(pairs), length == 0 ? 0 : Math.sqrt(difference / length));
        }
    }

    private static Tensor exact(List<LoraTuning.Factors> own, List<Double> shares) {
        Tensor sum = own.getFirst().b().matmul(own.getFirst().a()).times(shares.getFirst());
        for (int i = 1; i < own.size(); i++)
            sum = sum.plus(own.get(i).b().matmul(own.get(i).a()), shares.get(i));
        return sum;
    }

    private Pair pair(Linear site, List<LoraTuning.Factors> own, List<Double> shares, Tensor exact) {
        return switch (settings.method) {
            case CAT -> {
                List<Tensor> a = new ArrayList<>();
                List<Tensor> b = new ArrayList<>();
                for (int i = 0; i < own.size(); i++) {
                    a.add(own.get(i).a());
                    b.add(own.get(i).b().times(shares.get(i)));
                }
                yield new Pair(Tensors.concatenate(a, 0), Tensors.concatenate(b, 1));
            }
            case SVD -> {
                int largest = own.stream().mapToInt(f -> (int) f.rank()).max().orElseThrow();
                int rank = Math.min(settings.rank == 0 ? largest : settings.rank, Math.min(site.in(), site.out()));
                Ops.Svd svd = Ops.svd(exact);
                yield new Pair(
                        svd.v().narrow(0, 0, rank),
                        svd.u().narrow(1, 0, rank).times(svd.values().narrow(0, 0, rank)));
            }
            case LINEAR, TIES, DARE -> {
                requireEqualRanks(site, own);
                List<Tensor> a = new ArrayList<>();
                List<Tensor> b = new ArrayList<>();
                for (int i = 0; i < own.size(); i++) {
                    a.add(pruned(own.get(i).a(), site.path() + ".A." + i));
                    b.add(pruned(own.get(i).b(), site.path() + ".B." + i));
                }
                yield new Pair(summed(a, shares), summed(b, shares));
            }
        };
    }

    private static void requireEqualRanks(Linear site, List<LoraTuning.Factors> own) {
        if (own.stream().mapToLong(LoraTuning.Factors::rank).distinct().count() > 1)
            throw new UserError(
                    "blend.parts",
                    "the adapters have different ranks at " + site.path(),
                    "their factors cannot be added up",
                    "use the method cat or svd");
    }

    private Tensor pruned(Tensor values, String name) {
        return switch (settings.method) {
            case TIES -> {
                long kept = Math.max(1, (long) (settings.density * values.count()));
                Tensor flat = values.detach().reshape(values.count());
                double least =
                        flat.abs().topK(kept).values().narrow(0, kept - 1, 1).item();
                yield values.times(values.abs().atLeast(least).to(values.dtype()));
            }
            case DARE -> {
                var rng = Rng.of(settings.seed, "dare", name);
                float[] mask = new float[(int) values.count()];
                for (int i = 0; i < mask.length; i++)
                    mask[i] = rng.nextDouble() < settings.density ? (float) (1 / settings.density) : 0;
                yield values.times(
                        Tensors.of(mask, values.shape()).to(values.dtype()).on(values.device()));
            }
            default -> values;
        };
    }

    /// Add up factors, each by the root of its share, so that the product of two sums has the shares themselves.
    private Tensor summed(List<Tensor> parts, List<Double> shares) {
        Tensor sum = parts.getFirst().times(root(shares.getFirst()));
        for (int i = 1; i < parts.size(); i++) sum = sum.plus(parts.get(i), root(shares.get(i)));
        if (settings.method != Method.TIES) return sum;
        Tensor plain = parts.getFirst();
        for (int i = 1; i < parts.size(); i++) plain = plain.plus(parts.get(i));
        DType type = plain.dtype();
        Tensor positive = plain.atLeast(0).to(type); // the prevailing sign
        Tensor sign = positive.times(2).plus(-1);
        Tensor agreeing = Tensors.zeros(type, plain.device(), plain.shape());
        Tensor count = Tensors.zeros(type, plain.device(), plain.shape());
        for (int i = 0; i < parts.size(); i++) {
            Tensor along = parts.get(i).times(sign); // positive where the signs agree
            Tensor mask = along.lessThan(Tensors.zeros(type, plain.device(), plain.shape()))
                    .to(type)
                    .times(-1)
                    .plus(1)
                    .times(along.abs().atLeast(Float.MIN_NORMAL).to(type));
            agreeing = agreeing.plus(parts.get(i).times(mask), root(shares.get(i)));
            count = count.plus(mask);
        }
        return agreeing.dividedBy(count.clamped(1, parts.size()));
    }

    private static double root(double share) {
        if (share < 0)
            throw new UserError(
                    "blend.weights",
                    "a weight is negative",
                    "factors are added by the roots of their weights",
                    "use the method cat or svd");
        return Math.sqrt(share);
    }

    /// Make a LoRA of scale 1 with the ranks that came out.
    private LoraTuning tuning(Map<String, Pair> pairs) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        pairs.forEach((path, pair) -> ranks.put(path, (int) pair.a.size(0)));
        int usual = ranks.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        Map<String, Integer> rankPattern = new LinkedHashMap<>();
        Map<String, Double> alphaPattern = new LinkedHashMap<>();
        ranks.forEach((path, rank) -> {
            if (rank == usual) return;
            rankPattern.put(path.replace(".", "\\."), rank);
            alphaPattern.put(path.replace(".", "\\."), (double) rank);
        });
        var spec = new LoraSpec(
                usual,
                usual,
                0,
                new Targets.Names(List.copyOf(pairs.keySet())),
                new Targets.Names(List.of()),
                List.of(),
                List.of(),
                rankPattern,
                alphaPattern,
                false,
                false,
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                List.of());
        return LoraTuning.from(spec, model, (name, shape) -> {
            boolean isA = name.endsWith(".lora_A.weight");
            String path = name.substring(0, name.lastIndexOf(".lora_"));
            Pair pair = Objects.requireNonNull(pairs.get(path));
            return (isA ? pair.a : pair.b).contiguous();
        });
    }
}
