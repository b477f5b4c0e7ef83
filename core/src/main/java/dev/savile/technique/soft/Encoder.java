package dev.savile.technique.soft;

import dev.savile.common.UserError;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Make vectors out of a smaller trained table. A network in between lets all vectors move together, which trains
/// more steadily than the bare table. Once trained only its output is needed.
///
/// Tensors are named as PEFT names them, without its prefix; those of [NemoMlp] as in NeMo.
public sealed interface Encoder {
    /// No network: the table itself is trained.
    record None() implements Encoder {
        @Override
        public Map<String, long[]> shapes(int tokens, int width, int out) {
            return Map.of(TABLE, new long[] {tokens, out});
        }

        @Override
        public Tensor apply(Function<String, Tensor> values, boolean training) {
            return values.apply(TABLE);
        }
    }

    /// Three linears with ReLU between them (p-tuning).
    ///
    /// @param hidden inner width
    record Mlp(int hidden) implements Encoder {
        public Mlp {
            requireWidth(hidden);
        }

        @Override
        public Map<String, long[]> shapes(int tokens, int width, int out) {
            Map<String, long[]> shapes = table(tokens, width);
            linear(shapes, "mlp_head.0", hidden, width);
            linear(shapes, "mlp_head.2", hidden, hidden);
            linear(shapes, "mlp_head.4", out, hidden);
            return shapes;
        }

        @Override
        public Tensor apply(Function<String, Tensor> values, boolean training) {
            Tensor x = Ops.relu(linear(values, "mlp_head.0", values.apply(EMBEDDING)));
            return linear(values, "mlp_head.4", Ops.relu(linear(values, "mlp_head.2", x)));
        }
    }

    /// Two linears with GELU between them (p-tuning as in NeMo).
    ///
    /// @param hidden inner width
    record NemoMlp(int hidden) implements Encoder {
        public NemoMlp {
            requireWidth(hidden);
        }

        @Override
        public Map<String, long[]> shapes(int tokens, int width, int out) {
            Map<String, long[]> shapes = table(tokens, width);
            linear(shapes, NEMO_FIRST, hidden, width);
            linear(shapes, "second", out, hidden);
            return shapes;
        }

        @Override
        public Tensor apply(Function<String, Tensor> values, boolean training) {
            return linear(values, "second", Ops.gelu(linear(values, NEMO_FIRST, values.apply(EMBEDDING))));
        }
    }

    /// A bidirectional LSTM and two linears with ReLU between them (p-tuning).
    ///
    /// @param hidden  width of one direction
    /// @param layers  of the LSTM
    /// @param dropout between its layers, 0 to 1
    record Lstm(int hidden, int layers, double dropout) implements Encoder {
        public Lstm {
            requireWidth(hidden);
            if (layers < 1)
                throw new UserError(
                        "soft.layers",
                        "the encoder needs at least 1 layer, got " + layers,
                        "there would be no LSTM",
                        "use 2");
            if (!(dropout >= 0 && dropout < 1))
                throw new UserError(
                        "soft.dropout",
                        "dropout must be at least 0 and below 1, got " + dropout,
                        "it is the share of values that the next layer does not see",
                        "use 0");
        }

        @Override
        public Map<String, long[]> shapes(int tokens, int width, int out) {
            Map<String, long[]> shapes = table(tokens, width);
            for (int layer = 0; layer < layers; layer++) {
                for (String end : ENDS) {
                    String place = "_l" + layer + end;
                    shapes.put(
                            "lstm_head.weight_ih" + place, new long[] {4L * hidden, layer == 0 ? width : 2L * hidden});
                    shapes.put("lstm_head.weight_hh" + place, new long[] {4L * hidden, hidden});
                    shapes.put("lstm_head.bias_ih" + place, new long[] {4L * hidden});
                    shapes.put("lstm_head.bias_hh" + place, new long[] {4L * hidden});
                }
            }
            linear(shapes, "mlp_head.0", 2 * hidden, 2 * hidden);
            linear(shapes, "mlp_head.2", out, 2 * hidden);
            return shapes;
        }

        @Override
        public Tensor apply(Function<String, Tensor> values, boolean training) {
            List<Tensor> parameters = new ArrayList<>();
            for (int layer = 0; layer < layers; layer++)
                for (String end : ENDS)
                    for (String kind : List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
                        parameters.add(values.apply("lstm_head." + kind + "_l" + layer + end));
            Tensor x = Ops.biLstm(values.apply(EMBEDDING), parameters, layers, hidden, dropout, training);
            return linear(values, "mlp_head.2", Ops.relu(linear(values, "mlp_head.0", x)));
        }
    }

    /// Two linears with tanh between them (prefix tuning).
    ///
    /// @param hidden inner width
    record Projection(int hidden) implements Encoder {
        public Projection {
            requireWidth(hidden);
        }

        @Override
        public Map<String, long[]> shapes(int tokens, int width, int out) {
            Map<String, long[]> shapes = table(tokens, width);
            linear(shapes, "transform.0", hidden, width);
            linear(shapes, "transform.2", out, hidden);
            return shapes;
        }

        @Override
        public Tensor apply(Function<String, Tensor> values, boolean training) {
            return linear(
                    values,
                    "transform.2",
                    linear(values, "transform.0", values.apply(EMBEDDING)).tanh());
        }
    }

    /// Name of a bare table.
    String TABLE = "prompt_embeddings";

    /// Name of the table that a network reads.
    String EMBEDDING = "embedding.weight";

    /// The first linear of [NemoMlp], by which its files are known.
    String NEMO_FIRST = "first";

    /// Directions of an LSTM, as its tensors' names end.
    List<String> ENDS = List.of("", "_reverse");

    /// Names and shapes of all trained tensors, in the order in which they are used.
    ///
    /// @param tokens rows of the table
    /// @param width  of a row that the network reads
    /// @param out    width of a vector that it makes
    Map<String, long[]> shapes(int tokens, int width, int out);

    /// Return the vectors, `[tokens, out]`.
    Tensor apply(Function<String, Tensor> values, boolean training);

    private static Map<String, long[]> table(int tokens, int width) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, new long[] {tokens, width});
        return shapes;
    }

    private static void linear(Map<String, long[]> shapes, String name, int out, int in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    private static Tensor linear(Function<String, Tensor> values, String name, Tensor x) {
        return Ops.linear(x, values.apply(name + ".weight"), values.apply(name + ".bias"));
    }

    private static void requireWidth(int hidden) {
        if (hidden < 1)
            throw new UserError(
                    "soft.encoder-hidden",
                    "the encoder's width must be at least 1, got " + hidden,
                    "there would be nothing between table and vectors",
                    "leave it out for the model's own width");
    }
}
