package dev.savile.technique.lora;

import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import org.jspecify.annotations.Nullable;

/// The trained lengths of a weight's rows, as DoRA has them.
///
/// The present lengths N of `W + scale * B A` are found without making that matrix:
///
///     N^2 = |W|^2 + 2 scale rowsum((W A^T) * B) + scale^2 rowsum((B A A^T) * B)
///
/// which costs what a few tokens cost. An untrained update has B = 0, so that N is exactly the start of m.
final class Magnitude implements AutoCloseable {
    static final String SUFFIX = ".lora_magnitude_vector";

    private final Tensor lengths;
    private final Linear site;
    private @Nullable Tensor baseSquares;

    /// @param lengths `[out]`, trained
    Magnitude(Tensor lengths, Linear site) {
        this.lengths = lengths;
        this.site = site;
    }

    /// Return the lengths that the base's own rows have.
    static Tensor start(CausalLm model, String path) {
        Linear site = model.linears().stream()
                .filter(linear -> linear.path().equals(path))
                .findFirst()
                .orElseThrow();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            return scope.keep(squares(site.weight(), model.dtype().wide()).sqrt());
        }
    }

    private static Tensor squares(Tensor weight, DType type) {
        return weight.to(type).squared().sum(1, false);
    }

    /// Return `m / N`, `[out]`; N is a constant of it.
    Tensor ratio(LoraTuning.Factors factors) {
        return lengths.dividedBy(present(factors));
    }

    /// Return N, `[out]`.
    Tensor present(LoraTuning.Factors factors) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor a = factors.a().detach();
            Tensor b = factors.b().detach();
            Tensor weight = site.weight().to(a.dtype());
            Tensor base = baseSquares == null ? squares(weight, a.dtype()).retain() : baseSquares;
            baseSquares = base;
            Tensor cross = Ops.linear(weight, a).times(b).sum(1, false);
            Tensor own = b.matmul(Ops.linear(a, a)).times(b).sum(1, false);
            double scale = factors.scale();
            return scope.keep(
                    base.plus(cross, 2 * scale).plus(own, scale * scale).sqrt());
        }
    }

    /// The trained lengths, `[out]`.
    Tensor lengths() {
        return lengths;
    }

    @Override
    public void close() {
        if (baseSquares != null) baseSquares.release();
    }
}
