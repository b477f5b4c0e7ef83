package dev.savile.engine;

import java.util.Iterator;
import org.bytedeco.javacpp.PointerScope;

/// Free every native object that was made inside it, except what is kept by name.
///
/// One scope per training step and per decoded token. Use it in try-with-resources, on the thread that opened it.
public final class Scope implements AutoCloseable {
    private final PointerScope scope;

    private Scope(PointerScope scope) {
        this.scope = scope;
    }

    public static Scope open() {
        Torch.load();
        return new Scope(new PointerScope());
    }

    /// Let a tensor outlive this scope: it then belongs to the scope around this one or, where there is none, to
    /// the caller, who has to [Tensor#release] it.
    @SuppressWarnings("ReferenceEquality") // the same scope is meant, not an equal one
    public Tensor keep(Tensor tensor) {
        if (PointerScope.getInnerScope() != scope)
            throw new IllegalStateException("only the innermost scope can hand a tensor outwards");
        Iterator<PointerScope> scopes = PointerScope.getScopeIterator();
        scopes.next();
        if (scopes.hasNext()) scopes.next().attach(tensor.pointer());
        else tensor.retain();
        return tensor;
    }

    @Override
    public void close() {
        scope.close();
        if (PointerScope.getInnerScope() == null) CustomGradient.abandon();
    }
}
