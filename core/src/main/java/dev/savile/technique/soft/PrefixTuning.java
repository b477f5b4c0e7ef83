package dev.savile.technique.soft;

import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.KeyValues;
import dev.savile.model.CapturedKeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.ModelSpec;
import dev.savile.model.Tuning;
import dev.savile.technique.Draws;
import dev.savile.technique.StartValues;
import java.util.ArrayList;
import java.util.List;

/// A prefix: trained keys and values in front of every row, in every layer.
///
///     K = [P_k; rope(k)],  V = [P_v; v];  positions of the text start behind the prefix
///
/// The table is `[tokens, 2 layers kvHeads headDim]`, for each layer first the keys and then the values; the keys are
/// used as they are, no rotation is applied to them. *Use* when a soft prompt is too weak. *Cost*: no token is
/// computed for it, each query attends to n more keys. *Reference*: Hugging Face PEFT; logits within 1e-4, training
/// within 1e-4 over 12 steps.
public final class PrefixTuning extends SoftTuning {
    private final PrefixSpec spec;
    private final Lead lead;

    private PrefixTuning(PrefixSpec spec, Encoder encoder, CausalLm model, StartValues start) {
        super(table(spec, encoder, model, start));
        this.spec = spec;
        ModelSpec shape = model.spec();
        lead = new Lead(List.of(new Prefix(shape.layers(), shape.keyValueHeads(), shape.headDim())), new int[0]);
    }

    private static VectorTable table(PrefixSpec spec, Encoder encoder, CausalLm model, StartValues start) {
        SoftSizes.requireRoom(spec.tokens(), model);
        int width = model.spec().keyValueWidth();
        return new VectorTable(encoder, spec.tokens(), width, 2 * model.spec().layers() * width, model, start);
    }

    /// Start a prefix.
    ///
    /// @param textIds tokens of the text to start from; where there are none, tokens drawn from the vocabulary take
    ///                their place, since vectors that are far from any text's learn slowly
    public static PrefixTuning fresh(PrefixSpec spec, CausalLm model, int[] textIds, long seed) {
        var draws = new Draws(model.device(), seed);
        StartValues start = spec.projection() > 0
                ? VectorTable.fresh(spec.encoder(), model.spec().keyValueWidth(), draws)
                : (name, shape) -> switch (spec.start()) {
                    case ZERO -> draws.zeros(shape);
                    case TEXT ->
                        ofText(
                                spec,
                                model,
                                textIds.length > 0
                                        ? textIds
                                        : draws.numbers(
                                                name,
                                                spec.tokens(),
                                                model.spec().vocabulary()));
                    case RANDOM, VOCABULARY -> draws.normal(name, 1, shape);
                };
        return new PrefixTuning(spec, spec.encoder(), model, start);
    }

    /// Take table or projection from elsewhere, to train on.
    public static PrefixTuning from(PrefixSpec spec, CausalLm model, StartValues start) {
        return new PrefixTuning(spec, spec.encoder(), model, start);
    }

    /// Take the finished table from elsewhere, to use it.
    public static PrefixTuning finished(PrefixSpec spec, CausalLm model, StartValues start) {
        return new PrefixTuning(spec, new Encoder.None(), model, start);
    }

    /// Return the keys and values of a text as a table.
    private static Tensor ofText(PrefixSpec spec, CausalLm model, int... textIds) {
        int[] ids = SoftPromptTuning.tiled(textIds, spec.tokens());
        try (var text = CapturedKeyValues.of(model, Tuning.NONE, ids)) {
            List<Tensor> rows = new ArrayList<>();
            for (int layer = 0; layer < model.spec().layers(); layer++) {
                rows.add(flat(text.keys(layer)));
                rows.add(flat(text.values(layer)));
            }
            return Tensors.concatenate(rows, 1);
        }
    }

    /// `[kvHeads, tokens, headDim]` to `[tokens, kvHeads * headDim]`
    private static Tensor flat(Tensor x) {
        return x.transpose(0, 1)
                .reshape(x.size(1), x.size(0) * x.size(2))
                .to(x.dtype().wide());
    }

    public PrefixSpec spec() {
        return spec;
    }

    @Override
    public Lead lead() {
        return lead;
    }

    /// The prefix as a pass reads it. It is cut out of the table anew for each pass, since training changes it.
    private final class Prefix implements KeyValues {
        private final int layers;
        private final int heads;
        private final int headDim;

        Prefix(int layers, int heads, int headDim) {
            this.layers = layers;
            this.heads = heads;
            this.headDim = headDim;
        }

        @Override
        public int length() {
            return spec.tokens();
        }

        @Override
        public KeyValues forPass() {
            Tensor all = table.rows().reshape(spec.tokens(), 2L * layers, heads, headDim);
            List<Tensor> parts = all.transpose(0, 1).transpose(1, 2).unbind(0); // [kvHeads, tokens, headDim] each
            return new Cut(spec.tokens(), parts);
        }

        @Override
        public Tensor keys(int layer) {
            return forPass().keys(layer);
        }

        @Override
        public Tensor values(int layer) {
            return forPass().values(layer);
        }
    }

    /// @param parts keys and values of the layers, in turns
    private record Cut(int length, List<Tensor> parts) implements KeyValues {
        @Override
        public Tensor keys(int layer) {
            return parts.get(2 * layer);
        }

        @Override
        public Tensor values(int layer) {
            return parts.get(2 * layer + 1);
        }
    }
}
