package dev.savile.technique.bottleneck;

import dev.savile.common.UserError;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Sublayer;
import dev.savile.technique.Draws;
import dev.savile.technique.Leaves;
import dev.savile.technique.StartValues;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.Unmatched;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The trained networks of adapter learning, in the residual stream.
///
/// | tensor | shape | start |
/// |---|---|---|
/// | `adapter_down` weight, bias | `[size, hidden]`, `[size]` | uniform in ±1/sqrt(hidden), zero |
/// | `adapter_up` weight, bias | `[hidden, size]`, `[hidden]` | zero, so that the untrained network changes nothing |
/// | `adapter_norm_before` weight, bias | `[hidden]` | one, zero |
/// | `scaling` | `[1]` or `[hidden]` | one |
///
/// *Use* as an alternative to LoRA that need not be linear. *Cost*: two thin products a token and site; it cannot be
/// merged into the weights. *Reference*: the AdapterHub library's file layout.
public final class BottleneckTuning implements TrainedTuning {
    private static final double NORM_EPSILON = 1e-5;

    private final BottleneckSpec spec;
    private final Leaves leaves;
    private final Map<Site, Network> networks = new LinkedHashMap<>();
    private boolean training;

    private record Site(Sublayer half, int layer) {}

    /// The tensors of one network.
    private record Network(
            Tensor down,
            Tensor downBias,
            Tensor up,
            Tensor upBias,
            @Nullable Tensor norm,
            @Nullable Tensor normBias,
            @Nullable Tensor scaling) {}

    private BottleneckTuning(BottleneckSpec spec, CausalLm model, StartValues start) {
        this.spec = spec;
        leaves = new Leaves(model, start);
        int hidden = model.spec().hidden();
        for (int layer = 0; layer < model.spec().layers(); layer++) {
            if (spec.leftOut().contains(layer)) continue;
            int size = spec.sizeIn(layer, hidden);
            for (Sublayer half : Sublayer.values()) {
                boolean both = spec.wiring() == BottleneckSpec.Wiring.HOULSBY;
                if (half == Sublayer.FEED_FORWARD || both)
                    networks.put(new Site(half, layer), network(name(model, half, layer), size, hidden));
            }
        }
        if (networks.isEmpty())
            throw new UserError(
                    "bottleneck.layers",
                    "every layer is left out",
                    "there would be nothing to train",
                    "leave out fewer of the " + model.spec().layers() + " layers");
    }

    private static String name(CausalLm model, Sublayer half, int layer) {
        return model.spec().names().layer(layer)
                + (half == Sublayer.ATTENTION ? ".attention_adapters." : ".output_adapters.");
    }

    private Network network(String name, int size, int hidden) {
        String down = name + "adapter_down." + (spec.normed() ? 1 : 0);
        return new Network(
                leaves.add(down + ".weight", size, hidden),
                leaves.add(down + ".bias", size),
                leaves.add(name + "adapter_up.weight", hidden, size),
                leaves.add(name + "adapter_up.bias", hidden),
                spec.normed() ? leaves.add(name + "adapter_norm_before.weight", hidden) : null,
                spec.normed() ? leaves.add(name + "adapter_norm_before.bias", hidden) : null,
                switch (spec.scaling()) {
                    case FIXED -> null;
                    case LEARNED -> leaves.add(name + "scaling", 1);
                    case CHANNEL -> leaves.add(name + "scaling", hidden);
                });
    }

    /// @param seed each tensor draws from its own stream of it
    /// @throws UserError `bottleneck.leave-out` or `bottleneck.reductions` for a layer that the model does not have
    public static BottleneckTuning fresh(BottleneckSpec spec, CausalLm model, long seed) {
        Unmatched.layers("bottleneck.leave-out", spec.leftOut(), model.spec().layers());
        Unmatched.layers(
                "bottleneck.reductions",
                spec.reductions().keySet(),
                model.spec().layers());
        var draws = new Draws(model.device(), seed);
        return new BottleneckTuning(spec, model, (name, shape) -> {
            boolean down = name.contains(".adapter_down.") && name.endsWith(".weight");
            if (down) return draws.uniform(name, 1 / Math.sqrt((double) shape[1]), shape);
            return name.endsWith("norm_before.weight") || name.endsWith("scaling")
                    ? draws.ones(shape)
                    : draws.zeros(shape);
        });
    }

    /// Take the tensors from elsewhere.
    public static BottleneckTuning from(BottleneckSpec spec, CausalLm model, StartValues start) {
        return new BottleneckTuning(spec, model, start);
    }

    public BottleneckSpec spec() {
        return spec;
    }

    @Override
    public Tensor residual(Sublayer half, int layer, Tensor x, Tensor change) {
        Tensor sum = x.plus(change);
        Network network = networks.get(new Site(half, layer));
        if (network == null) return sum;
        Tensor seen =
                switch (spec.wiring()) {
                    case HOULSBY -> change;
                    case PFEIFFER -> sum;
                    case PARALLEL -> x;
                };
        return sum.plus(result(network, seen));
    }

    private Tensor result(Network network, Tensor seen) {
        var type = seen.dtype();
        Tensor z = network.norm == null || network.normBias == null
                ? seen
                : Ops.layerNorm(seen, network.norm.to(type), network.normBias.to(type), NORM_EPSILON);
        Tensor inner = spec.activation().apply(Ops.linear(z, network.down.to(type), network.downBias.to(type)));
        Tensor y = Ops.linear(inner, network.up.to(type), network.upBias.to(type)); // [tokens, hidden]
        if (network.scaling != null) y = y.times(network.scaling.to(type));
        else if (spec.factor() != 1) y = y.times(spec.factor());
        return training && spec.dropout() > 0 ? Ops.dropout(y, spec.dropout()) : y;
    }

    @Override
    public List<Trainable> trainables() {
        return leaves.list();
    }

    @Override
    public void training(boolean on) {
        training = on;
    }

    @Override
    public void close() {
        leaves.close();
    }
}
