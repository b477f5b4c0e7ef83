package dev.savile.technique.bottleneck;

import dev.savile.common.UserError;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Small networks between the halves of a layer: `Ad(z) = s * U act(D z + b_D) + b_U`.
///
/// *Papers*: Houlsby et al., "Parameter-efficient transfer learning for NLP", 2019; Pfeiffer et al.,
/// "AdapterFusion", 2020; He et al., "Towards a unified view of parameter-efficient transfer learning", 2021.
///
/// @param wiring     where the networks stand and what they read
/// @param size       inner width; 0 to divide the model's width by the reduction
/// @param reduction  how much narrower the inner width is; 16 is usual
/// @param reductions other reductions by layer
/// @param activation between the two linears
/// @param scaling    what the result is multiplied by
/// @param factor     of [Scaling#FIXED]
/// @param dropout    share of the result's values that is dropped in training, 0 to 1
/// @param normed     whether a layer norm stands before the first linear
/// @param leftOut    layers without a network
public record BottleneckSpec(
        Wiring wiring,
        int size,
        double reduction,
        Map<Integer, Double> reductions,
        Activation activation,
        Scaling scaling,
        double factor,
        double dropout,
        boolean normed,
        List<Integer> leftOut) {
    /// Where the networks stand. `x` is the residual stream, `a` what attention adds, `u` what the feed-forward part
    /// adds.
    public enum Wiring {
        /// Behind both halves: `x + a + Ad(a)`, then `x + u + Ad(u)`.
        HOULSBY,
        /// Behind the feed-forward part: `x + u + Ad(x + u)`.
        PFEIFFER,
        /// Beside the feed-forward part: `x + u + Ad(x)`.
        PARALLEL
    }

    public enum Activation {
        RELU,
        SWISH,
        GELU,
        GELU_TANH,
        TANH;

        Tensor apply(Tensor x) {
            return switch (this) {
                case RELU -> Ops.relu(x);
                case SWISH -> Ops.silu(x);
                case GELU -> Ops.gelu(x);
                case GELU_TANH -> Ops.geluTanh(x);
                case TANH -> x.tanh();
            };
        }
    }

    public enum Scaling {
        /// A number that does not change.
        FIXED,
        /// One trained number.
        LEARNED,
        /// A trained number for each of the stream's values.
        CHANNEL
    }

    public BottleneckSpec {
        reductions = new TreeMap<>(reductions);
        leftOut = leftOut.stream().distinct().sorted().toList();
        if (size < 0 || (size == 0 && !(reduction >= 1)))
            throw new UserError(
                    "bottleneck.size",
                    size < 0
                            ? "the inner width must not be negative, got " + size
                            : "the reduction must be at least 1, got " + reduction,
                    "the network is a bottleneck",
                    "use reduction=16");
        reductions.forEach((layer, own) -> {
            if (!(own >= 1) || !Double.isFinite(own))
                throw new UserError(
                        "bottleneck.size",
                        "the reduction of layer " + layer + " must be at least 1, got " + own,
                        "the network is a bottleneck",
                        "use " + layer + ":16");
        });
        if (!Double.isFinite(factor))
            throw new UserError(
                    "bottleneck.scaling",
                    "the factor of the networks is " + factor,
                    "every value that passes one would be lost",
                    "use 1, or learned");
        if (!(dropout >= 0 && dropout < 1))
            throw new UserError(
                    "bottleneck.dropout",
                    "dropout must be at least 0 and below 1, got " + dropout,
                    "it is the share of values that is dropped",
                    "use 0, or 0.1 against overfitting");
    }

    /// Return the usual setting of a wiring.
    public static BottleneckSpec of(Wiring wiring) {
        return switch (wiring) {
            case HOULSBY -> plain(wiring, 16, Activation.SWISH, 1);
            case PFEIFFER -> plain(wiring, 16, Activation.RELU, 1);
            case PARALLEL -> plain(wiring, 2, Activation.RELU, 4);
        };
    }

    private static BottleneckSpec plain(Wiring wiring, double reduction, Activation activation, double factor) {
        return new BottleneckSpec(
                wiring, 0, reduction, Map.of(), activation, Scaling.FIXED, factor, 0, false, List.of());
    }

    /// Inner width in a layer of a model of the given width.
    int sizeIn(int layer, int hidden) {
        if (size > 0) return size;
        return Math.max(1, (int) (hidden / reductions.getOrDefault(layer, reduction)));
    }
}
