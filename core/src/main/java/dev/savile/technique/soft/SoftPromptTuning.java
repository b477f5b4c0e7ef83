package dev.savile.technique.soft;

import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.technique.Draws;
import dev.savile.technique.StartValues;
import dev.savile.technique.Technique;
import java.util.List;

/// A soft prompt: trained vectors in place of the first tokens, `E = [P (n x hidden); embedding(x)]`.
///
/// The vectors count as positions, are no targets, and reach the model where embedded tokens do. *Use* where many
/// tasks share one base: a task is a few kilobytes. *Cost*: n more tokens for each row; rows of one pass share them.
/// *Reference*: Hugging Face PEFT; logits within 1e-4, training within 1e-4 over 12 steps.
public final class SoftPromptTuning extends SoftTuning {
    private final Technique technique;
    private final Lead lead;

    private SoftPromptTuning(Technique technique, int tokens, Encoder encoder, CausalLm model, StartValues start) {
        super(table(tokens, encoder, model, start));
        this.technique = technique;
        lead = new Lead(List.of(), Lead.virtualIds(model.spec(), 0, tokens));
    }

    /// Make the vectors of a soft prompt.
    static VectorTable table(int tokens, Encoder encoder, CausalLm model, StartValues start) {
        SoftSizes.requireRoom(tokens, model);
        int hidden = model.spec().hidden();
        return new VectorTable(encoder, tokens, hidden, hidden, model, start);
    }

    /// Start prompt tuning.
    ///
    /// @param textIds tokens of the text to start from; may be empty when the start is not a text
    public static SoftPromptTuning fresh(Technique.PromptTuning technique, CausalLm model, int[] textIds, long seed) {
        PromptTuningSpec spec = technique.spec();
        StartValues start = start(spec.start(), model, spec.tokens(), textIds, new Draws(model.device(), seed));
        return new SoftPromptTuning(technique, spec.tokens(), new Encoder.None(), model, start);
    }

    /// Where bare vectors start; from drawn tokens where there is no text to start from.
    static StartValues start(SoftStart from, CausalLm model, int tokens, int[] textIds, Draws draws) {
        return (name, shape) -> {
            if (from == SoftStart.RANDOM)
                return draws.normal(name, Math.sqrt(2.0 / (shape[0] + shape[1])), shape); // Xavier
            boolean text = from == SoftStart.TEXT && textIds.length > 0;
            return embedded(
                    model,
                    text
                            ? tiled(textIds, tokens)
                            : draws.numbers(name, tokens, model.spec().vocabulary()));
        };
    }

    /// Start p-tuning.
    public static SoftPromptTuning fresh(Technique.PTuning technique, CausalLm model, long seed) {
        Encoder encoder = technique.spec().encoder();
        StartValues start = VectorTable.fresh(encoder, model.spec().hidden(), new Draws(model.device(), seed));
        return new SoftPromptTuning(technique, technique.spec().tokens(), encoder, model, start);
    }

    /// Take prompt tuning's vectors from elsewhere.
    public static SoftPromptTuning from(Technique.PromptTuning technique, CausalLm model, StartValues start) {
        return new SoftPromptTuning(technique, technique.spec().tokens(), new Encoder.None(), model, start);
    }

    /// Take p-tuning's encoder from elsewhere, to train on.
    public static SoftPromptTuning from(Technique.PTuning technique, CausalLm model, StartValues start) {
        return new SoftPromptTuning(
                technique, technique.spec().tokens(), technique.spec().encoder(), model, start);
    }

    /// Take the vectors that a p-tuning ended with from elsewhere, to use them.
    public static SoftPromptTuning finished(Technique.PTuning technique, CausalLm model, StartValues start) {
        return new SoftPromptTuning(technique, technique.spec().tokens(), new Encoder.None(), model, start);
    }

    /// Return a text's tokens again and again, up to a length.
    static int[] tiled(int[] ids, int length) {
        int[] tiled = new int[length];
        for (int i = 0; i < length; i++) tiled[i] = ids[i % ids.length];
        return tiled;
    }

    /// Return the vocabulary's own vectors of tokens, `[ids, hidden]`, in the type that is trained.
    static Tensor embedded(CausalLm model, int... ids) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor rows = Ops.embedding(model.embeddingTable(), Tensors.of(ids).on(model.device()));
            return scope.keep(rows.to(model.dtype().wide()));
        }
    }

    /// Prompt tuning or p-tuning, with its setting.
    public Technique technique() {
        return technique;
    }

    @Override
    public Lead lead() {
        return lead;
    }

    @Override
    public Tensor virtual(int... indices) {
        Tensor rows = table.rows();
        boolean all = indices.length == lead.length() && inOrder(indices);
        return all ? rows : Ops.embedding(rows, Tensors.of(indices).on(rows.device()));
    }

    private static boolean inOrder(int... indices) {
        for (int i = 0; i < indices.length; i++) if (indices[i] != i) return false;
        return true;
    }
}
