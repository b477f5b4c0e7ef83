package dev.savile.technique.soft;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.Draws;
import dev.savile.technique.Leaves;
import dev.savile.technique.StartValues;
import dev.savile.technique.Trainable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Vectors that are trained, directly or through an [Encoder].
final class VectorTable implements AutoCloseable {
    private final Encoder encoder;
    private final Leaves leaves;
    private final Map<String, Tensor> values = new LinkedHashMap<>();
    private boolean training;

    /// @param tokens number of vectors
    /// @param width  of a row that the encoder reads
    /// @param out    width of a vector
    VectorTable(Encoder encoder, int tokens, int width, int out, CausalLm model, StartValues start) {
        this.encoder = encoder;
        leaves = new Leaves(model, start);
        encoder.shapes(tokens, width, out).forEach((name, shape) -> values.put(name, leaves.add(name, shape)));
    }

    /// Deviation of the linears of [Encoder.NemoMlp].
    private static final double NEMO_DEVIATION = 0.023;

    /// Draw what an encoder starts from: a table of standard normal values, linears and LSTM as PyTorch draws them,
    /// those of [Encoder.NemoMlp] as NeMo does.
    ///
    /// @param width of a row of the table
    static StartValues fresh(Encoder encoder, int width, Draws draws) {
        return (name, shape) -> {
            if (name.equals(Encoder.EMBEDDING)) return draws.normal(name, 1, shape);
            if (encoder instanceof Encoder.NemoMlp)
                return name.endsWith(".bias") ? draws.zeros(shape) : draws.normal(name, NEMO_DEVIATION, shape);
            double inputs =
                    switch (encoder) {
                        case Encoder.Lstm(int hidden, int _, double _) when name.startsWith("lstm_head.") -> hidden;
                        case Encoder.Lstm(int hidden, int _, double _) -> 2.0 * hidden;
                        case Encoder.Mlp(int hidden) -> name.startsWith("mlp_head.0.") ? width : hidden;
                        case Encoder.Projection(int hidden) -> name.startsWith("transform.0.") ? width : hidden;
                        case Encoder.None(), Encoder.NemoMlp(int _) ->
                            throw new IllegalArgumentException(encoder + " has other starts");
                    };
            return draws.uniform(name, 1 / Math.sqrt(inputs), shape);
        };
    }

    /// Return the vectors, `[tokens, out]`; recorded for the backward pass.
    Tensor rows() {
        return encoder.apply(this::value, training);
    }

    /// Return the vectors that the encoder makes when the first rows it reads are others, which are not trained.
    ///
    /// @param first those rows, `[at most tokens, width]`
    Tensor rows(Tensor first) {
        return encoder.apply(
                name -> name.equals(Encoder.EMBEDDING) ? overwritten(value(name), first) : value(name), training);
    }

    private static Tensor overwritten(Tensor rows, Tensor first) {
        long count = first.size(0);
        return Tensors.concatenate(List.of(first, rows.narrow(0, count, rows.size(0) - count)), 0);
    }

    private Tensor value(String name) {
        return Objects.requireNonNull(values.get(name));
    }

    /// Return vectors as they are used once they are finished. They belong to the caller's scope.
    Tensor finished(Supplier<Tensor> rows) {
        boolean before = training;
        training = false;
        try (var scope = Scope.open();
                var off = Grad.off()) {
            return scope.keep(rows.get().detach());
        } finally {
            training = before;
        }
    }

    /// Return all values by name, detached.
    ///
    /// @param first rows that stand in the encoder's own table instead of its first ones; null for none
    Map<String, Tensor> values(@Nullable Tensor first) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            Tensor detached = value.detach();
            all.put(name, first != null && name.equals(Encoder.EMBEDDING) ? overwritten(detached, first) : detached);
        });
        return all;
    }

    Encoder encoder() {
        return encoder;
    }

    /// Whether an encoder makes the vectors.
    boolean encoded() {
        return !(encoder instanceof Encoder.None);
    }

    List<Trainable> trainables() {
        return leaves.list();
    }

    void training(boolean on) {
        training = on;
    }

    @Override
    public void close() {
        leaves.close();
    }
}
