package dev.savile.technique.lora;

import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.Linear;
import dev.savile.model.Tuning;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Linears that read the same input, with their low-rank updates, and a backward pass of their own.
///
///     u = x A^T (one product for all sites);   y += s u B^T
///     du = s dy B;   dB = s dy^T u;   dx += du A (one product);   dA = du^T x (one product)
///
/// A bias in the update, `y += s bB`, gets `s` times the sum of the rows of dy.
///
/// With DoRA, where z is y without its bias: `y += (m / N - 1) z`, `dm = rowsum(dy * z) / N`, and `dy m / N` goes on
/// in place of `dy`.
///
/// | tensor | shape |
/// |---|---|
/// | `x`, `y` | `[tokens, in]`, `[tokens, out]` |
/// | `a` | all factors A, one below the other, `[width, in]` |
/// | `u`, `du` | `[tokens, width]` |
///
/// Recorded step by step the same products are thin in the direction that matrix libraries are slow in, and every
/// site adds a whole `dx` of its own: that took a third of the backward pass.
final class LowRankPass {
    /// On a CPU products with fewer columns take longer than those with so many, so that zeros fill them up.
    private static final int MIN_WIDTH = 16;

    private final List<LoraTuning.Factors> factors;
    private final Tensor seen;
    private final Tensor a;
    private final Tensor u;
    private final Tensor du;

    /// @param x       one whose gradient is wanted
    /// @param factors of the adapted sites, in their order
    private LowRankPass(Tensor x, List<LoraTuning.Factors> factors) {
        this.factors = factors;
        seen = x.detach();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            a = filled(Tensors.concatenate(
                    factors.stream().map(f -> f.a().detach().to(x.dtype())).toList(), 0));
            u = Ops.linear(seen, a);
            du = Tensors.zeros(x.dtype(), x.device(), x.size(0), a.size(0));
            a.retain();
            u.retain();
            du.retain();
        }
    }

    /// Return what the sites give.
    ///
    /// @param factors of each site; null where it is not adapted, but not everywhere
    static List<Tensor> apply(Tuning tuning, List<Linear> sites, List<LoraTuning.@Nullable Factors> factors, Tensor x) {
        List<LoraTuning.Factors> adapted = new ArrayList<>();
        for (LoraTuning.Factors f : factors) if (f != null) adapted.add(f);
        var pass = new LowRankPass(x, adapted);
        Tensor input = Grad.through(x, pass::inputGradient, pass.seen, pass.a, pass.du);
        List<Tensor> results = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < sites.size(); i++) {
            Tensor y = sites.get(i).apply(tuning, input); // [tokens, out]
            LoraTuning.Factors own = factors.get(i);
            if (own != null) {
                y = pass.updated(y, own, at);
                if (own.magnitude() != null) y = stretched(sites.get(i), y, own, own.magnitude());
                at += own.rank();
            }
            results.add(y);
        }
        pass.handOver();
        return results;
    }

    /// From here on the formulas alone keep the tensors.
    private void handOver() {
        a.release();
        u.release();
        du.release();
    }

    private Tensor updated(Tensor y, LoraTuning.Factors own, long at) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Ops.addLinearInPlace(
                    y, u.narrow(1, at, own.rank()), own.b().detach().to(y.dtype()), own.scale());
            if (own.bias() != null) y.addInPlace(own.bias().detach().to(y.dtype()), own.scale());
        }
        return Grad.through(y, dy -> outputGradient(dy, own, at), u, du);
    }

    private static Tensor stretched(Linear site, Tensor y, LoraTuning.Factors own, Magnitude magnitude) {
        Tensor plain;
        Tensor present;
        Tensor ratio;
        Tensor value;
        try (var scope = Scope.open();
                var off = Grad.off()) {
            plain = scope.keep(site.bias() == null ? y.detach() : y.detach().minus(site.bias())); // [tokens, out]
            present = scope.keep(magnitude.present(own)); // [out]
            ratio = scope.keep(magnitude.lengths().detach().dividedBy(present).to(y.dtype()));
            value = scope.keep(plain.times(ratio.plus(-1)).addInPlace(y.detach()));
        }
        return Grad.replaced(
                y,
                value,
                dy -> {
                    Tensor along = dy.times(plain).sum(0, false).to(present.dtype());
                    magnitude.lengths().addGradient(along.dividedBy(present));
                    return dy.times(ratio);
                },
                plain,
                present,
                ratio);
    }

    private Tensor outputGradient(Tensor dy, LoraTuning.Factors own, long at) {
        Tensor b = own.b().detach().to(dy.dtype()).transposed(); // [rank, out]
        Tensor product = Ops.linear(dy, filled(b)).narrow(1, 0, own.rank()); // [tokens, rank]
        du.narrow(1, at, own.rank()).copyInPlace(product).multiplyInPlace(own.scale());
        Tensor db = u.narrow(1, at, own.rank()).transposed().matmul(dy); // [rank, out]
        own.b().addGradient(db.to(own.b().dtype()).multiplyInPlace(own.scale()).transposed());
        if (own.bias() != null)
            own.bias().addGradient(dy.sum(0, false).to(own.bias().dtype()).times(own.scale()));
        return dy;
    }

    private Tensor inputGradient(Tensor dx) {
        Ops.addLinearInPlace(dx, du, a.transposed(), 1);
        Tensor da = du.transposed().matmul(seen); // [width, in]
        long at = 0;
        for (LoraTuning.Factors own : factors) {
            own.a().addGradient(da.narrow(0, at, own.rank()).to(own.a().dtype()));
            at += own.rank();
        }
        return dx;
    }

    /// Rows of zeros up to the least width.
    private static Tensor filled(Tensor matrix) {
        long missing = MIN_WIDTH - matrix.size(0);
        if (missing <= 0 || matrix.onGpu()) return matrix.contiguous();
        DType type = matrix.dtype();
        return Tensors.concatenate(List.of(matrix, Tensors.zeros(type, matrix.device(), missing, matrix.size(1))), 0);
    }
}
