package dev.savile.model;

import dev.savile.engine.Tensor;
import java.util.List;

/// Give the parameters of a checkpoint by name.
public interface Weights extends AutoCloseable {
    /// Names as the checkpoint has them, in a fixed order.
    List<String> names();

    boolean has(String name);

    /// Return a parameter; it stays valid until [#close].
    Tensor tensor(String name);

    /// Return a parameter in the type that the checkpoint has it in, which may need no memory of its own; it stays
    /// valid until [#close].
    default Tensor stored(String name) {
        return tensor(name);
    }

    /// Give back the memory of a parameter that is hardly read again, where it is that of a mapped file: the values are
    /// fetched from there when they are.
    default void unload(String name) {
        // what lies in memory of its own stays there
    }

    @Override
    void close();
}
