package dev.savile.generate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/// Answer a list of prompts, several at once: whenever one is done the next takes its place. What prompts have in
/// common is computed once; those that share most are begun one after the other.
///
/// @param tuning  the technique's changes, or [Tuning#NONE]
/// @param maxRows rows that are written at the same time
public record BatchGenerator(CausalLm model, Tuning tuning, int maxRows) {
    public BatchGenerator {
        if (maxRows < 1) throw new IllegalArgumentException("there must be at least 1 row, got " + maxRows);
    }

    /// A request and who follows its answer.
    public record Work(GenerationRequest request, TokenListener listener) {
        public Work(GenerationRequest request) {
            this(request, TokenListener.NONE);
        }
    }

    /// Return the answers in the order of the requests. After a stop was requested, answers that were not finished
    /// end with [Finish#STOPPED], those not begun without a token.
    ///
    /// @throws dev.savile.common.UserError `generate.context` or `generate.prompt` before anything is computed,
    ///         when the model cannot serve one of the requests
    public List<Generation> generate(List<Work> works, Progress.Task task, StopSignal stop) {
        for (Work work : works) work.request().check(model.spec(), tuning.lead().length(), tuning.virtualTokens());
        return EngineThread.call(() -> {
            List<int[]> prompts =
                    works.stream().map(work -> work.request().promptIds()).toList();
            try (var batch = new DecodingBatch(model, tuning);
                    var shared = new SharedPrompts(model, tuning, batch.lead(), prompts)) {
                return run(works, batch, shared, task, stop);
            }
        });
    }

    private List<Generation> run(
            List<Work> works, DecodingBatch batch, SharedPrompts shared, Progress.Task task, StopSignal stop) {
        List<Integer> order = shared.order();
        IdentityHashMap<DecodingRow, Integer> begun = new IdentityHashMap<>();
        Generation[] answers = new Generation[works.size()];
        while (begun.size() < works.size() || batch.rows() > 0) {
            while (begun.size() < works.size() && (batch.rows() < maxRows || stop.requested())) {
                int next = order.get(begun.size());
                Work work = works.get(next);
                PromptStart start = stop.requested() ? PromptStart.NONE : shared.start(next);
                begun.put(batch.add(work.request(), start, new Stoppable(work.listener(), stop)), next);
            }
            for (DecodingRow row : batch.step()) {
                int done = Objects.requireNonNull(begun.get(row));
                answers[done] = row.generation();
                shared.done(done);
                task.advance(1);
            }
        }
        return List.of(answers);
    }

    /// A listener that a signal can cut short.
    private record Stoppable(TokenListener inner, StopSignal stop) implements TokenListener {
        @Override
        public Reaction take(int id) {
            return inner.take(id);
        }

        @Override
        public boolean cancelled() {
            return stop.requested() || inner.cancelled();
        }
    }
}
