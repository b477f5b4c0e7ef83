package dev.savile.evaluate.judge;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.metrics.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Compare the answers of two systems by a judge: each pair in both orders, several draws each, majority within an
/// order, a tie where the orders disagree.
///
/// Each answer of the judge is kept as soon as it is there, so that a comparison that was cut off goes on from it.
///
/// *Use* for free text without references. *Not* where an exact match or a program can decide. *Cost*: two times draws
/// answers of the judge for each pair. *Paper*: Zheng et al., "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena",
/// 2023.
public final class PairwiseJudge {
    /// Draws in each order that are enough for a majority.
    public static final int MIN_DRAWS = 3;

    private final Judge judge;
    private final Rubric rubric;
    private final int draws;
    private final AnswerCache cache;

    /// @param draws in each order, at least 3
    /// @param cache of what judges wrote
    /// @throws UserError `judge.draws`
    public PairwiseJudge(Judge judge, Rubric rubric, int draws, AnswerCache cache) {
        if (draws < MIN_DRAWS)
            throw new UserError(
                    "judge.draws",
                    draws + " draws were asked for",
                    "a judge that is asked again often says something else",
                    "use " + MIN_DRAWS + " or more");
        this.judge = judge;
        this.rubric = rubric;
        this.draws = draws;
        this.cache = cache;
    }

    /// Judge pairs.
    ///
    /// @param first  who wrote the first answers
    /// @param second who wrote the second answers
    /// @return nothing when a stop was requested before the end
    /// @throws UserError `judge.self` when the judge is one of the two
    public Optional<JudgedComparison> compare(
            List<AnswerPair> pairs, ModelIdentity first, ModelIdentity second, Progress.Task task, StopSignal stop) {
        for (ModelIdentity judged : List.of(first, second))
            if (judge.identity().sameModel(judged))
                throw new UserError(
                        "judge.self",
                        "the judge " + judge.identity().name() + " is the model under test",
                        "a model prefers its own answers",
                        "let another model judge, best one of another family");
        List<PairJudgement> judgements = new ArrayList<>();
        for (AnswerPair pair : pairs) {
            Optional<PairJudgement> judgement = judge(pair, stop);
            if (judgement.isEmpty()) return Optional.empty();
            judgements.add(judgement.get());
            task.advance(1);
        }
        boolean related = judge.identity().sameBase(first) || judge.identity().sameBase(second);
        return Optional.of(new JudgedComparison(judge.identity().name(), rubric.version(), related, judgements));
    }

    private Optional<PairJudgement> judge(AnswerPair pair, StopSignal stop) {
        return tally(pair, false, stop).flatMap(asGiven -> tally(pair.swapped(), true, stop)
                .map(swapped -> new PairJudgement(pair, asGiven, swapped)));
    }

    private Optional<Tally> tally(AnswerPair shown, boolean swapped, StopSignal stop) {
        String prompt = rubric.prompt(shown);
        Tally tally = Tally.EMPTY;
        for (int draw = 0; draw < draws; draw++) {
            Optional<String> answer = answer(prompt, swapped, draw, stop);
            if (answer.isEmpty()) return Optional.empty();
            tally = switch (VerdictReader.read(answer.get())) {
                case Prediction.Parsed(String verdict) -> {
                    Preference preference = VerdictReader.preference(verdict);
                    yield tally.plus(swapped ? preference.swapped() : preference);
                }
                case Prediction.Unparsed _ -> tally.plusUnparsed();
            };
        }
        return Optional.of(tally);
    }

    private Optional<String> answer(String prompt, boolean swapped, int draw, StopSignal stop) {
        String order = swapped ? "swapped" : "as given";
        String key = AnswerCache.key(prompt, List.of(judge.settings(), rubric, order, draw));
        Optional<JsonNode> known = cache.find(key);
        if (known.isPresent()) return known.map(text -> text.asString(""));
        if (stop.requested()) return Optional.empty();
        Optional<String> answer = judge.answer(prompt, draw);
        answer.ifPresent(text -> {
            cache.put(key, text);
            cache.save(); // each is paid for
        });
        return answer;
    }
}
