package dev.savile.train;

import dev.savile.common.Units;
import dev.savile.engine.DType;
import dev.savile.engine.Memory;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.objective.LogProbHead;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// What a training needs of memory, part by part, in bytes: an estimate from sizes alone, but for what Java and the
/// libraries take, which is measured when they are there and nothing else is.
///
/// @param process     Java and the libraries: heap, code and buffers
/// @param base        the base's own weights, but for those in mapped files that trained ones stand in for
/// @param values      what is trained, in fp32
/// @param gradients   in fp32; of one layer and the embedding where layers are updated in the backward pass
/// @param moments     AdamW's two averages
/// @param best        the best values so far, where there are rows to validate on
/// @param activations what the backward pass needs of one pass, and a packed weight made whole
/// @param head        logits of one chunk and their gradient
/// @param taken       what of process and base is in use before anything of the training is there; not the weights
///                    in mapped files, whose pages the system counts as free
public record MemoryPlan(
        long process,
        long base,
        long values,
        long gradients,
        long moments,
        long best,
        long activations,
        long head,
        long taken) {
    private static final int WIDE = 4;
    /// What heap and libraries grow by until the end: tokenizer, kernels, MKL's buffers. Measured in fp32 on Linux.
    private static final long GROWTH = 240_000_000;

    /// What there is once a model is loaded; see the plan's own parts.
    ///
    /// @param whole bytes of the largest packed weight while it is made whole; 0 where none is packed
    record Loaded(long process, long base, long whole, long taken) {
        /// @param trained number of values that stand in for the base's own; 0 for none
        static Loaded of(CausalLm model, long trained) {
            long weights = model.weightBytes();
            long mapped = model.mappedBytes();
            long start = Memory.bytesAtStart();
            return new Loaded(
                    start + GROWTH,
                    weights - Math.min(mapped, trained * model.dtype().bytes()),
                    model.unpackedBytes(),
                    start + weights - mapped);
        }
    }

    /// What is trained.
    ///
    /// @param values number of values
    /// @param weights whether they are weights of the base itself, which they stand in for
    /// @param head    whether the head's weight is made of others at each pass
    /// @param best    whether the best values so far are kept beside them
    public record Trained(long values, boolean weights, boolean head, boolean best) {
        public Trained(long values, boolean weights, boolean head) {
            this(values, weights, head, false);
        }
    }

    /// Plan the training of so many values, with passes as large as they may be; the base's own weights where they
    /// are as many as all of those, else others beside them.
    public static MemoryPlan of(CausalLm model, long trained, TrainingOptions options) {
        return of(model, trained, options, options.forestTokens());
    }

    /// Plan it with passes of so many tokens.
    public static MemoryPlan of(CausalLm model, long trained, TrainingOptions options, int tokens) {
        return of(model, new Trained(trained, trained == model.parameters(), false), options, tokens);
    }

    /// Plan it where it is said what is trained.
    public static MemoryPlan of(CausalLm model, Trained trained, TrainingOptions options, int tokens) {
        Loaded loaded = Loaded.of(model, trained.weights ? trained.values : 0);
        return of(model.spec(), model.dtype(), loaded, trained, options, tokens);
    }

    static MemoryPlan of(
            ModelSpec spec, DType linear, Loaded loaded, long trained, TrainingOptions options, int tokens) {
        return of(spec, linear, loaded, new Trained(trained, false, false), options, tokens);
    }

    static MemoryPlan of(
            ModelSpec spec, DType linear, Loaded loaded, Trained what, TrainingOptions options, int tokens) {
        long trained = what.values;
        MemorySaving saving = options.saving();
        int width = linear.bytes();
        long embedding = embedding(spec);
        long outside = spec.tiedHead() ? embedding : 2 * embedding;
        long held = saving.updateInBackward() ? Math.min(trained, outside + trained / spec.layers()) : trained;
        // Weights that are trained in fp32 and computed with in fewer bits are rounded at each use, and kept for the
        // backward pass.
        long rounded = width < WIDE && what.weights
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
                loaded.process,
                loaded.base,
                WIDE * trained,
                WIDE * held,
                2L * (saving.narrowMoments() ? 2 : WIDE) * trained,
                what.best ? WIDE * trained : 0,
                perToken * tokens + rounded + loaded.whole,
                (long) LogProbHead.CHUNK_ROWS * spec.vocabulary() * (WIDE + width)
                        + (what.weights ? WIDE * embedding : 0)
                        // the weight in fp32 and rounded, and its gradient
                        + (what.head ? (2L * WIDE + width) * embedding : 0),
                loaded.taken);
    }

    private static long embedding(ModelSpec spec) {
        return (long) spec.vocabulary() * spec.hidden();
    }

    /// Number of trained values.
    long trained() {
        return values / WIDE;
    }

    /// All parts together: the most that the process is expected to have resident.
    public long total() {
        return base + beside();
    }

    /// All parts but the base.
    public long beside() {
        return parts().values().stream().mapToLong(Long::longValue).sum();
    }

    /// What must be free before anything of the training is there.
    public long free() {
        return total() - taken;
    }

    /// The parts beside the base by name, in bytes.
    public Map<String, Long> parts() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("Java and libraries", process);
        parts.put("trained values", values);
        parts.put("gradients", gradients);
        parts.put("AdamW's averages", moments);
        if (best > 0) parts.put("best values", best);
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
