package dev.savile.evaluate.judge;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.ArrayList;
import java.util.List;

/// Compare the answers of two systems by a judge: each pair in both orders, several draws each, majority within an
/// order, a tie where the orders disagree.
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

    /// @param draws in each order, at least 3
    /// @throws UserError `judge.draws`
    public PairwiseJudge(Judge judge, Rubric rubric, int draws) {
        if (draws < MIN_DRAWS)
            throw new UserError(
                    "judge.draws",
                    draws + " draws were asked for",
                    "a judge that is asked again often says something else",
                    "use " + MIN_DRAWS + " or more");
        this.judge = judge;
        this.rubric = rubric;
        this.draws = draws;
    }

    /// Judge pairs.
    ///
    /// @param first  who wrote the first answers
    /// @param second who wrote the second answers
    /// @return fewer judgements than pairs only after a stop was requested
    /// @throws UserError `judge.self` when the judge is one of the two
    public JudgedComparison compare(
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
            if (stop.requested()) break;
            judgements.add(new PairJudgement(pair, tally(pair, false), tally(pair.swapped(), true)));
            task.advance(1);
        }
        boolean related = judge.identity().sameBase(first) || judge.identity().sameBase(second);
        return new JudgedComparison(judge.identity().name(), rubric.version(), related, judgements);
    }

    private Tally tally(AnswerPair shown, boolean swapped) {
        String prompt = rubric.prompt(shown);
        Tally tally = Tally.EMPTY;
        for (int draw = 0; draw < draws; draw++) {
            tally = switch (VerdictReader.read(judge.answer(prompt, draw))) {
                case Prediction.Parsed(String verdict) -> {
                    Preference preference = VerdictReader.preference(verdict);
                    yield tally.plus(swapped ? preference.swapped() : preference);
                }
                case Prediction.Unparsed _ -> tally.plusUnparsed();
            };
        }
        return tally;
    }
}
