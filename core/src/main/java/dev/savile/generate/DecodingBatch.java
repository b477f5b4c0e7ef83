package dev.savile.generate;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.KeyValues;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Write many rows at once; rows join and leave between steps.
///
/// Each step is one pass of a forest in which every row has a tree: its keys and values so far, and its next
/// tokens. Rows that are being written take one token each; what is left of the pass is given to prompts, in the
/// order in which they came, so that a long prompt never holds up the others for longer than a pass.
///
/// A row gives what it would give alone, up to the rounding of larger matrix products. A row that breaks breaks
/// alone.
public final class DecodingBatch implements AutoCloseable {
    private final CausalLm model;
    private final Tuning tuning;
    private final List<DecodingRow> rows = new ArrayList<>();
    private final List<KeyValues> lead = new ArrayList<>();
    private final @Nullable KeyValueCache leadCache;

    public DecodingBatch(CausalLm model, Tuning tuning) {
        this.model = model;
        this.tuning = tuning;
        Lead own = tuning.lead();
        lead.addAll(own.given());
        leadCache = own.ids().length == 0
                ? null
                : EngineThread.call(() -> KeyValueCache.of(model, tuning, own.given(), own.ids()));
        if (leadCache != null) lead.add(leadCache);
    }

    /// What the tuning puts before every row.
    List<KeyValues> lead() {
        return List.copyOf(lead);
    }

    /// Let a row join. It costs nothing before the next step.
    ///
    /// @param start what has been computed of the row, what the tuning puts before it included;
    ///              [PromptStart#NONE] for nothing
    /// @throws dev.savile.common.UserError `generate.context` or `generate.prompt` when the model cannot serve the
    ///         request
    public DecodingRow add(GenerationRequest request, PromptStart start, TokenListener listener) {
        PromptStart from = start.given().isEmpty() ? new PromptStart(lead, 0) : start;
        var row = new DecodingRow(model, tuning.virtualTokens(), request, from, listener, System.nanoTime());
        rows.add(row);
        return row;
    }

    /// Number of rows that are not finished.
    public int rows() {
        return rows.size();
    }

    /// Make one pass; return the rows that it finished.
    public List<DecodingRow> step() {
        return EngineThread.call(() -> {
            for (DecodingRow row : rows)
                guarded(row, () -> {
                    if (row.cancelled()) row.cancel();
                });
            List<DecodingRow> finished = retire();
            if (!rows.isEmpty()) pass();
            finished.addAll(retire());
            return finished;
        });
    }

    /// The tokens of a row in one pass.
    private record Share(DecodingRow row, int tokens, int segment) {}

    private void pass() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var builder = TokenForest.builder();
            List<Share> shares = shares(builder);
            TokenForest forest = builder.build();
            Tensor hidden = model.forward(forest, tuning, (layer, keys, values) -> {
                for (Share share : shares)
                    share.row.cache().write(layer, part(keys, forest, share), part(values, forest, share));
            });
            List<Share> due = new ArrayList<>();
            for (Share share : shares) if (share.row.fed(share.tokens)) due.add(share);
            if (!due.isEmpty()) choose(due, forest, hidden);
        }
    }

    private List<Share> shares(TokenForest.Builder builder) {
        int left = KeyValueCache.passTokens(model.spec());
        for (DecodingRow row : rows) if (row.pending() == 1) left--;
        List<Share> shares = new ArrayList<>();
        for (DecodingRow row : rows) {
            int tokens = row.pending();
            if (tokens > 1) {
                tokens = Math.min(tokens, left);
                left -= Math.max(0, tokens);
            }
            if (tokens < 1) continue;
            row.cache().reserve(tokens);
            shares.add(new Share(row, tokens, row.attach(builder, tokens)));
        }
        return shares;
    }

    private static Tensor part(Tensor all, TokenForest forest, Share share) {
        return share.tokens == forest.tokens() ? all : all.narrow(0, forest.start(share.segment), share.tokens);
    }

    private void choose(List<Share> due, TokenForest forest, Tensor hidden) {
        int[] places = new int[due.size()];
        for (int i = 0; i < places.length; i++) places[i] = forest.token(due.get(i).segment, due.get(i).tokens - 1);
        Tensor last = places.length == forest.tokens()
                ? hidden
                : hidden.indexSelect(0, Tensors.of(places).on(model.device()));
        Tensor logits = model.logits(last, tuning); // [due, vocabulary]
        boolean greedy = due.stream().anyMatch(share -> share.row.plainGreedy());
        Tensor largest = greedy ? logits.argmax(1) : logits; // of equal logits the one with the lowest id
        long[] ids = greedy ? largest.toLongs() : new long[0];
        float[] tops = greedy ? logits.gather(1, largest.unsqueeze(1)).toFloats() : new float[0];
        long now = System.nanoTime();
        for (int i = 0; i < due.size(); i++) {
            DecodingRow row = due.get(i).row;
            int at = i;
            guarded(row, () -> {
                if (!row.plainGreedy()) {
                    row.take(row.choose(logits.select(0, at).toFloats()), now);
                    return;
                }
                if (!Float.isFinite(tops[at])) throw Candidates.notFinite(tops[at]);
                row.sampler().took((int) ids[at]);
                row.take((int) ids[at], now);
            });
        }
    }

    private static void guarded(DecodingRow row, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            row.fail(e);
        }
    }

    private List<DecodingRow> retire() {
        List<DecodingRow> finished = new ArrayList<>();
        for (DecodingRow row : rows) if (row.finished()) finished.add(row);
        rows.removeAll(finished);
        finished.forEach(row -> row.cache().close());
        return finished;
    }

    /// Drop the rows that are not finished.
    @Override
    public void close() {
        EngineThread.run(() -> {
            rows.forEach(row -> row.cache().close());
            if (leadCache != null) leadCache.close();
        });
        rows.clear();
    }
}
