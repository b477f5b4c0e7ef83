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

    /// What happens to a gradient on its way back: returns the one that goes on.
    @FunctionalInterface
    public interface Formula {
        Tensor apply(Tensor gradient);
    }

    /// Tell whether a gradient of `x` will be asked for.
    public static boolean wanted(Tensor x) {
        return CustomGradient.wanted(x);
    }

    /// Pass a tensor on unchanged and let a formula see, and change in place, its whole gradient: it runs once, on
    /// the thread of the backward pass, when all users of the result have given their share. Nothing is recorded
    /// inside it; gradients of leaves that autograd does not know of are added by [Tensor#addGradient].
    ///
    /// @param x     one whose gradient is [#wanted]
    /// @param saved tensors that the formula uses; they are kept until it has run, or the outermost scope closes
    public static Tensor through(Tensor x, Formula formula, Tensor... saved) {
        return CustomGradient.through(x, formula, saved);
    }

    /// Return `value` in place of a tensor, with a formula from the gradient of the value to that of the tensor.
    ///
    /// @param value of the same shape and type as `x`
    public static Tensor replaced(Tensor x, Tensor value, Formula formula, Tensor... saved) {
        return CustomGradient.of(x, value, formula, saved);
    }

    /// Do the same with a fresh result that nobody else looks at: its own values are given up, and what is returned may
    /// be changed in place.
    public static Tensor replacedFresh(Tensor fresh, Tensor value, Formula formula, Tensor... saved) {
        return CustomGradient.into(fresh, value, formula, saved);
    }

    @Override
    public void close() {
        // Runs the native destructor now, which restores the former mode. Pointer.close() would only count down, and
        // leave that to the end of the scope.
        mode.deallocate();
    }
}
