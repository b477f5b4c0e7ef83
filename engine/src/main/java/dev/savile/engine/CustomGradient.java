package dev.savile.engine;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/// Give an operation a backward formula of its own, where libtorch would record many small steps.
///
/// The binding has no functions of its own for autograd, but a tensor can have a hook that replaces the gradient
/// on its way back, and its data can be exchanged. So a result is a view of the input whose data is the value of
/// the operation and whose hook is the formula: it costs no copy, forward or back.
///
/// The backward pass must run on the same thread, within the outermost [Scope] that is open now.
final class CustomGradient {
    private static final ThreadLocal<Pending> PENDING = ThreadLocal.withInitial(Pending::new);

    private CustomGradient() {}

    /// Tell whether a gradient of `x` will be asked for.
    static boolean wanted(Tensor x) {
        return x.requiresGradient() && GradMode.is_enabled();
    }

    /// Return `value` as the result of an operation on `input`.
    ///
    /// @param input   of the same shape and type as the value
    /// @param formula runs once, in the backward pass
    /// @param saved   tensors that the formula uses; they are kept until then
    static Tensor of(Tensor input, Tensor value, Grad.Formula formula, Tensor... saved) {
        var result = input.pointer().view_as(input.pointer());
        result.set_data(value.pointer());
        return hooked(result, formula, saved);
    }

    /// Put a value into a fresh tensor that nobody else looks at, and a formula before its gradient.
    static Tensor into(Tensor fresh, Tensor value, Grad.Formula formula, Tensor... saved) {
        fresh.pointer().set_data(value.pointer());
        return hooked(fresh.pointer(), formula, saved);
    }

    /// Return the input itself, with a formula that its gradient passes through.
    static Tensor through(Tensor input, Grad.Formula formula, Tensor... saved) {
        return hooked(input.pointer().view_as(input.pointer()), formula, saved);
    }

    private static Tensor hooked(org.bytedeco.pytorch.Tensor result, Grad.Formula formula, Tensor... saved) {
        Pending pending = PENDING.get();
        // A formula may run a graph of its own; the one that called it still holds the hooks that have run.
        if (pending.running == 0) pending.forget();
        var hook = new Hook(formula, saved, pending);
        result.register_hook(hook);
        pending.waiting.add(hook);
        return new Tensor(result);
    }

    /// Give up what no backward pass has asked for. Called when the outermost scope of a thread closes.
    static void abandon() {
        Pending pending = PENDING.get();
        pending.forget();
        pending.waiting.forEach(Hook::release);
        pending.waiting.clear();
    }

    /// Hooks of a thread, and what native code may still be reading.
    private static final class Pending {
        final List<Hook> waiting = new ArrayList<>();
        final List<Hook> spent = new ArrayList<>();
        /// Hooks whose results may still be read.
        final List<Hook> read = new ArrayList<>();
        /// Formulas that are running now, one within the other.
        int running;

        /// Free gradients that native code has read by now: it does so before it calls the next hook.
        void freeResults() {
            read.forEach(Hook::releaseResult);
            read.clear();
        }

        /// Free hooks that have run. A hook cannot free itself: it is called by the native object that it frees.
        void forget() {
            if (spent.isEmpty()) return;
            spent.forEach(Hook::release);
            waiting.removeAll(spent);
            spent.clear();
        }
    }

    private static final class Hook extends TensorTensorHook {
        private final Grad.Formula formula;
        private final Tensor[] saved;
        private final Pending pending;
        private org.bytedeco.pytorch.@org.jspecify.annotations.Nullable Tensor result;
        private boolean done;

        Hook(Grad.Formula formula, Tensor[] saved, Pending pending) {
            this.formula = formula;
            this.saved = saved;
            this.pending = pending;
            for (Tensor tensor : saved) tensor.retain();
            retainReference();
        }

        @Override
        public TensorBase call(TensorBase gradient) {
            if (done) throw new IllegalStateException("a gradient with a formula of its own is computed once");
            pending.freeResults();
            pending.running++;
            try (var scope = Scope.open()) {
                var own = formula.apply(new Tensor(new org.bytedeco.pytorch.Tensor(gradient)))
                        .pointer();
                own.retainReference(); // native code reads it after this method has returned
                result = own;
                done = true;
                for (Tensor tensor : saved) tensor.release();
                pending.spent.add(this);
                pending.read.add(this);
                return own;
            } finally {
                pending.running--;
            }
        }

        void releaseResult() {
            if (result != null) result.releaseReference();
            result = null;
        }

        void release() {
            if (!done) for (Tensor tensor : saved) tensor.release();
            releaseResult();
            releaseReference();
        }
    }
}
