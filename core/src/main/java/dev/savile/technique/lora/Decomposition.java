package dev.savile.technique.lora;

import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.Linear;
import dev.savile.technique.Draws;

/// Factors that a part of a weight consists of: training starts from what the weight knows already, and the rest of
/// it stays frozen.
///
///     PiSSA: W ~ U S V^T;  B = U sqrt(S / s), A = sqrt(S / s) V^T      OLoRA: W = Q R;  B = Q, A = R
///
/// each cut to the rank; `s` is the update's scale. The singular vectors are found by subspace iteration, which takes
/// milliseconds where a full decomposition takes a second a weight.
///
/// @param a `[rank, in]`
/// @param b `[out, rank]`
record Decomposition(Tensor a, Tensor b) {
    private static final int OVERSAMPLING = 10;
    private static final int ITERATIONS = 8;

    /// Decompose a weight; the factors belong to the caller's scope.
    static Decomposition of(LoraStart start, Linear site, int rank, double scale, Draws draws) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor weight = site.weight().to(site.weight().dtype().wide());
            Decomposition parts =
                    switch (start) {
                        case USUAL -> throw new IllegalArgumentException("the usual start decomposes nothing");
                        case PISSA -> singular(weight, rank, scale, draws, site.path());
                        case OLORA -> basis(weight, rank);
                    };
            return new Decomposition(scope.keep(parts.a.contiguous()), scope.keep(parts.b.contiguous()));
        }
    }

    private static Decomposition basis(Tensor weight, int rank) {
        Ops.Qr qr = Ops.qr(weight);
        return new Decomposition(qr.r().narrow(0, 0, rank), qr.q().narrow(1, 0, rank));
    }

    private static Decomposition singular(Tensor weight, int rank, double scale, Draws draws, String path) {
        long in = weight.size(1);
        long columns = Math.min(rank + OVERSAMPLING, Math.min(in, weight.size(0)));
        Tensor probe =
                draws.normal(path + ".pissa", 1, in, columns).to(weight.dtype()).on(weight.device());
        Tensor q = Ops.qr(weight.matmul(probe)).q(); // [out, columns]
        for (int i = 0; i < ITERATIONS; i++) {
            Tensor back = Ops.qr(weight.transposed().matmul(q)).q();
            q = Ops.qr(weight.matmul(back)).q();
        }
        Ops.Svd svd = Ops.svd(q.transposed().matmul(weight)); // of [columns, in]
        Tensor roots = svd.values().narrow(0, 0, rank).times(1 / scale).sqrt();
        Tensor b = q.matmul(svd.u().narrow(1, 0, rank)).times(roots);
        Tensor a = svd.v().narrow(0, 0, rank).times(roots.unsqueeze(1));
        return new Decomposition(a, b);
    }
}
