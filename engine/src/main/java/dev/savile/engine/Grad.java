package dev.savile.engine;

import org.bytedeco.pytorch.AutoGradMode;

/// Switch the recording of gradients for the calling thread until it is closed.
///
/// The mode is a native thread-local: use it in try-with-resources on the engine's thread, never across a wait.
public final class Grad implements AutoCloseable {
    private final AutoGradMode mode;

    private Grad(boolean enabled) {
        Torch.load();
        mode = new AutoGradMode(enabled);
        mode.retainReference(); // an inner scope must not end the mode early
    }

    /// Record nothing: evaluation, generation, optimizer steps.
    public static Grad off() {
        return new Grad(false);
    }

    public static Grad on() {
        return new Grad(true);
    }

    @Override
    public void close() {
        // Runs the native destructor now, which restores the former mode. Pointer.close() would only count down, and
        // leave that to the end of the scope.
        mode.deallocate();
    }
}
