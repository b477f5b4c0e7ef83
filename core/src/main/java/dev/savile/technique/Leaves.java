package dev.savile.technique;

import dev.savile.engine.DType;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.technique.Trainable.Rate;
import java.util.ArrayList;
import java.util.List;

/// Make the trained tensors of a technique and own them: leaves of autograd in fp32, or fp64 over an fp64 model.
public final class Leaves implements AutoCloseable {
    private final CausalLm model;
    private final StartValues start;
    private final DType type;
    private final List<Trainable> list = new ArrayList<>();

    public Leaves(CausalLm model, StartValues start) {
        this.model = model;
        this.start = start;
        type = model.precision().linear().wide();
    }

    /// Make a tensor; one with a single dimension counts as a vector.
    public Tensor add(String name, long... shape) {
        return add(name, shape.length < 2, shape);
    }

    /// @param vector see [Trainable#vector]
    public Tensor add(String name, boolean vector, long... shape) {
        return add(name, vector, Rate.USUAL, shape);
    }

    /// @param rate see [Trainable#rate]
    public Tensor add(String name, boolean vector, Rate rate, long... shape) {
        Tensor value = start.start(name, shape).to(type).on(model.device()).contiguous();
        Tensor leaf = (value.readOnly() ? value.copy() : value).detach().retain();
        leaf.requireGradient(true);
        list.add(new Trainable(name, leaf, vector, rate));
        return leaf;
    }

    /// All tensors, in the order in which they were made.
    public List<Trainable> list() {
        return List.copyOf(list);
    }

    @Override
    public void close() {
        list.forEach(t -> t.value().release());
        list.clear(); // closing twice does no harm
    }
}
