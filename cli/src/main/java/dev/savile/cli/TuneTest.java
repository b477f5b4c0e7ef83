package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.TextLoss;
import dev.savile.evaluate.metrics.Score;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import dev.savile.train.EncodedRows;
import dev.savile.train.RowPlace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The rows of `tune --test`: kept out of the training, and scored when it is finished.
///
/// @param rows      of one kind with those that are trained on
/// @param train     the rows to train on without those that repeat one of them
/// @param maxTokens longest row that is scored by its loss; 0 for what suits the kind
record TuneTest(TuneData rows, TuneData train, int maxTokens) {
    /// Read the file and take its rows out of those to train on.
    ///
    /// @throws UserError `tune.test` when its rows are of another kind, or none is left to train on
    static TuneTest read(Console console, TuneVerb verb, TuneData data, int maxTokens) {
        TaskInputs.refuse(verb.findRate, "--test", "looking for a rate trains nothing that could be scored");
        DataOptions options = verb.data.withData(verb.test().orElseThrow());
        TuneData rows = TuneData.read(options, verb.examples, Optional.empty(), verb.global.seed());
        boolean same = rows.kinds().isEmpty()
                ? !data.bundle().labels().isEmpty()
                : data.kinds().containsAll(rows.kinds());
        if (!same)
            throw new UserError(
                    "tune.test",
                    "the rows of " + rows.source() + " are of another kind than those of " + data.source(),
                    "they are to show how well what was learned is known",
                    "name a file of the same columns with --test");
        if (!rows.labelled().isEmpty())
            KnownLabels.check(
                    console,
                    verb.technique,
                    data.bundle().labels(),
                    rows.labelled().stream().map(LabelledRow::label).distinct().toList());
        TuneData train = data.apartFrom(rows);
        int left = data.train().size()
                + data.held().size()
                - train.train().size()
                - train.held().size();
        if (train.train().isEmpty())
            throw new UserError(
                    "tune.test",
                    "all rows of " + data.source() + " stand in " + rows.source() + ", too, or nearly so",
                    "none is left to train on",
                    "name a file of other rows with --test");
        if (!data.held().isEmpty() && train.held().isEmpty())
            throw new UserError(
                    "tune.test",
                    "all rows to validate on stand in " + rows.source() + ", too, or nearly so",
                    "none is left to choose the best values by",
                    "name a file of other rows with --test, or leave --validation away");
        if (left > 0)
            console.progress()
                    .warn(left + (left == 1 ? " row is" : " rows are")
                            + " left out because the test file has the same or nearly so");
        return new TuneTest(rows, train, maxTokens);
    }

    /// Refuse rows that could not be scored, before time is spent on a training.
    ///
    /// @throws UserError `tune.test` for rows that do not fit, or have nothing that could be scored
    void requireRoom(TuneData.RowEncoding how) {
        EncodedRows encoded;
        try {
            encoded = rows.train(how);
        } catch (UserError e) { // more of them than a training would leave out
            throw unfit(e.what()).causedBy(e);
        }
        List<RowPlace> lost = new ArrayList<>(encoded.tooLong());
        lost.addAll(encoded.unlearned());
        if (!lost.isEmpty()) throw unfit(lost.size() + " rows (" + RowPlace.words(lost) + ")");
    }

    private UserError unfit(String which) {
        return new UserError(
                "tune.test",
                rows.source() + " has rows that cannot be scored, too long or without an answer: " + which,
                "a score of the others would be one of easier rows",
                "shorten or complete them, take them out, or add --over-length cut");
    }

    /// Score the rows.
    ///
    /// @return what programs are told; nothing when a stop was requested before the end
    Optional<Map<String, Object>> score(
            Console console, TuneVerb verb, BaseModel base, Tuning tuning, PromptBundle bundle) {
        int count = rows.train().size();
        try (Progress.Task task = console.progress().start("testing", count, "rows")) {
            return rows.labelled().isEmpty()
                    ? loss(console, base, tuning, task)
                    : accuracy(console, verb, base, tuning, bundle, task);
        }
    }

    private Optional<Map<String, Object>> accuracy(
            Console console, TuneVerb verb, BaseModel base, Tuning tuning, PromptBundle bundle, Progress.Task task) {
        List<LabelledRow> labelled = rows.labelled();
        var answers = new LabelPrompts(base, tuning, bundle, Rows.overLength(verb.data))
                .predict(labelled.stream().map(LabelledRow::text).toList(), task, console.stop());
        if (answers.answers().size() < labelled.size()) return Optional.empty();
        List<Score> scores = LabelPrompts.classification(
                        answers.answers(),
                        labelled.stream().map(LabelledRow::label).toList())
                .scores("raw,label", "test", Rng.of(verb.global.seed(), "test"));
        console.print("on the " + labelled.size() + " rows of " + rows.source() + ":");
        for (Score score : scores)
            console.print(String.format(Locale.ROOT, "  %-24s %s", score.name(), score.percent()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", labelled.size());
        result.put("metrics", Select.metrics(scores));
        return Optional.of(result);
    }

    private Optional<Map<String, Object>> loss(Console console, BaseModel base, Tuning tuning, Progress.Task task) {
        List<? extends TrainingRow> encoded = rows.scored(base, tuning, maxTokens);
        return TextLoss.of(base.model(), tuning, encoded, task, console.stop()).map(loss -> {
            console.print("on the " + loss.rows() + " rows of " + rows.source() + ": " + loss.sentence());
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("rows", loss.rows());
            result.put("tokens", loss.tokens());
            result.put("metrics", loss.fields());
            return result;
        });
    }
}
