package dev.savile.train;

import dev.savile.common.Units;
import dev.savile.engine.DType;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.objective.LogProbHead;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// What a training needs of memory beside the base, part by part, in bytes. An estimate from sizes alone.
///
/// @param base        the base's own weights, which need no memory of their own where they are mapped from a file
/// @param values      what is trained, in fp32
/// @param gradients   in fp32; of one layer and the embedding where layers are updated in the backward pass
/// @param moments     AdamW's two averages
/// @param activations what the backward pass needs of one pass
/// @param head        logits of one chunk and their gradient
public record MemoryPlan(long base, long values, long gradients, long moments, long activations, long head) {
    private static final int WIDE = 4;

    /// Plan the training of so many values, with passes as large as they may be.
    public static MemoryPlan of(CausalLm model, long trained, TrainingOptions options) {
        return of(model, trained, options, options.forestTokens());
    }

    /// Plan it with passes of so many tokens.
    public static MemoryPlan of(CausalLm model, long trained, TrainingOptions options, int tokens) {
        return of(model.spec(), model.precision().linear(), model.weightBytes(), trained, options, tokens);
    }

    /// @param base bytes of the base's weights
    static MemoryPlan of(ModelSpec spec, DType linear, long base, long trained, TrainingOptions options, int tokens) {
        MemorySaving saving = options.saving();
        int width = linear.bytes();
        long embedding = (long) spec.vocabulary() * spec.hidden();
        long outside = spec.tiedHead() ? embedding : 2 * embedding;
        long held = saving.updateInBackward() ? Math.min(trained, outside + trained / spec.layers()) : trained;
        boolean headTrained = trained > embedding; // all weights: nothing else trains that many values
        // Weights that are trained in fp32 and computed with in fewer bits are rounded at each use, and kept for the
        // backward pass.
        long rounded = width < WIDE && headTrained
                ? (long) width * (saving.recompute() ? trained / spec.layers() : trained)
                : 0;
        long layer = width
                        * (8L * spec.hidden()
                                + 2L * spec.queryWidth()
                                + 2L * spec.keyValueWidth()
                                + 5L * spec.feedForward())
                + WIDE * (4L * spec.queryWidth() + 4L * spec.keyValueWidth());
        long perToken =
                saving.recompute() ? layer + (long) width * spec.layers() * spec.hidden() : layer * spec.layers();
        return new MemoryPlan(
                base,
                WIDE * trained,
                WIDE * held,
                2L * (saving.narrowMoments() ? 2 : WIDE) * trained,
                perToken * tokens + rounded,
                (long) LogProbHead.CHUNK_ROWS * spec.vocabulary() * (WIDE + width)
                        + (headTrained ? WIDE * embedding : 0));
    }

    /// Number of trained values.
    long trained() {
        return values / WIDE;
    }

    /// All parts but the base.
    public long beside() {
        return values + gradients + moments + activations + head;
    }

    /// The parts by name, in bytes.
    public Map<String, Long> parts() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("trained values", values);
        parts.put("gradients", gradients);
        parts.put("AdamW's averages", moments);
        parts.put("activations", activations);
        parts.put("output head", head);
        return parts;
    }

    /// Say it in one line.
    public String sentence() {
        return "estimated memory: " + Units.bytes(beside()) + " beside the model's " + Units.bytes(base) + " ("
                + parts().entrySet().stream()
                        .map(part -> part.getKey() + " " + Units.bytes(part.getValue()))
                        .collect(Collectors.joining(", "))
                + ")";
    }
}
