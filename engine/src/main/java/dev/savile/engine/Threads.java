package dev.savile.engine;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/// Set how many threads the matrix products and loops of libtorch use.
public final class Threads {
    private Threads() {}

    /// Use this many threads from now on, for the calling thread's work. Call it on the engine's thread.
    public static void use(int count) {
        if (count < 1) throw new IllegalArgumentException("there must be at least 1 thread, got " + count);
        Torch.load();
        torch.set_num_threads(count);
        // MKL has to be told apart; OpenBLAS has a pool that fights libtorch's and never gets more than one thread.
        openblas_nolapack.blas_set_num_threads(Torch.MKL ? count : 1);
    }

    public static int inUse() {
        Torch.load();
        return torch.get_num_threads();
    }
}
