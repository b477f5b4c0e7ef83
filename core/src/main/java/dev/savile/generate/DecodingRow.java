package dev.savile.generate;

import dev.savile.forest.TokenForest;
import dev.savile.generate.constrain.Constraint;
import dev.savile.generate.constrain.ConstraintWalk;
import dev.savile.generate.constrain.TokenConstraint;
import dev.savile.model.CausalLm;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One prompt and the answer that grows behind it, as a [DecodingBatch] keeps it.
public final class DecodingRow {
    private final GenerationRequest request;
    private final PromptStart start;
    private final TokenListener listener;
    private final KeyValueCache cache;
    private final Sampler sampler;
    private final @Nullable ConstraintWalk walk;
    private final long startedNanos;
    private int[] ids;
    private int length;
    private int fed;
    private long firstNanos;
    private long lastNanos;
    private @Nullable Finish finish;
    private @Nullable RuntimeException failure;

    /// @param virtual virtual tokens that the prompt may hold
    DecodingRow(
            CausalLm model,
            int virtual,
            GenerationRequest request,
            PromptStart start,
            TokenListener listener,
            long nowNanos) {
        request.check(model.spec(), start.extraPositions(), virtual);
        if (start.promptTokens() >= request.promptIds().length)
            throw new IllegalArgumentException(
                    "the last token of a prompt must be left, the answer is predicted from it");
        this.request = request;
        this.start = start;
        this.listener = listener;
        walk = walk(request);
        if (walk != null && walk.finished()) finish = Finish.COMPLETE;
        cache = new KeyValueCache(model);
        int vocabulary = model.spec().vocabulary(); // virtual tokens are never written, so they cannot be repeated
        int[] written =
                Arrays.stream(request.promptIds()).filter(id -> id < vocabulary).toArray();
        sampler = new Sampler(request.options().sampling(), request.key(), written);
        startedNanos = nowNanos;
        ids = Arrays.copyOf(request.promptIds(), request.promptIds().length + 16);
        length = request.promptIds().length;
        fed = start.promptTokens();
    }

    private static @Nullable ConstraintWalk walk(GenerationRequest request) {
        GenerationOptions options = request.options();
        EndTokens ends = options.ignoreEnd() ? EndTokens.NONE : request.ends();
        return switch (options.constraint()) {
            case Constraint.None _ -> null;
            case TokenConstraint constraint -> constraint.walk(options.maxTokens(), ends.ids());
        };
    }

    /// Tell whether the row has come to its end, good or bad.
    public boolean finished() {
        return finish != null || failure != null;
    }

    /// Return what has been written.
    ///
    /// @throws RuntimeException whatever broke this row
    public Generation generation() {
        if (failure != null) throw failure;
        if (finish == null) throw new IllegalStateException("this row is still being written");
        int tokens = written();
        double first = tokens == 0 ? 0 : (firstNanos - startedNanos) / 1e9;
        double rate = tokens < 2 ? 0 : (tokens - 1) / ((lastNanos - firstNanos) / 1e9);
        int prompt = request.promptIds().length;
        return new Generation(Arrays.copyOfRange(ids, prompt, length), finish, prompt, first, rate);
    }

    private int written() {
        return length - request.promptIds().length;
    }

    /// Number of tokens that the model has not seen yet, at least 1.
    int pending() {
        return length - fed;
    }

    /// Add the next tokens to a forest; return their segment.
    int attach(TokenForest.Builder builder, int tokens) {
        return builder.ids(cache.attach(builder, start.given()), Arrays.copyOfRange(ids, fed, fed + tokens));
    }

    KeyValueCache cache() {
        return cache;
    }

    Sampler sampler() {
        return sampler;
    }

    /// Tell whether the largest logit of the model decides, so that nothing else is needed.
    boolean plainGreedy() {
        return walk == null && sampler.plainGreedy();
    }

    /// Choose the next token among those that the row's constraint allows.
    ///
    /// @param logits one for each id of the vocabulary; they are changed
    int choose(float[] logits) {
        if (walk != null) walk.mask(logits);
        return sampler.next(logits);
    }

    /// Count tokens as seen; tell whether the next one is due.
    boolean fed(int tokens) {
        cache.advance(tokens);
        fed += tokens;
        return fed == length;
    }

    /// Take the token that the sampler chose.
    void take(int id, long nowNanos) {
        if (length == ids.length) ids = Arrays.copyOf(ids, 2 * length);
        ids[length++] = id;
        lastNanos = nowNanos;
        if (written() == 1) firstNanos = nowNanos;
        if (!request.options().ignoreEnd() && request.ends().contains(id)) {
            finish = Finish.END;
            return;
        }
        finish = switch (listener.take(id)) {
            case GO_ON -> over(id);
            case STOP -> Finish.STOP;
            case CANCEL -> Finish.STOPPED;
        };
    }

    /// Say why nothing can follow a token, if so it is.
    private @Nullable Finish over(int id) {
        int left = request.options().maxTokens() - written();
        if (walk != null && !walk.take(id, left)) return Finish.COMPLETE;
        return left == 0 ? Finish.LENGTH : null;
    }

    boolean cancelled() {
        return listener.cancelled();
    }

    void cancel() {
        finish = Finish.STOPPED;
    }

    /// Break this row alone; the others of its batch go on.
    void fail(RuntimeException cause) {
        failure = cause;
    }
}
