package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.data.LabelBalance;
import dev.savile.text.TrainingRow;
import dev.savile.train.DataCheck;
import dev.savile.train.EncodedRows;
import dev.savile.train.LearningRates;
import dev.savile.train.TrainingOptions;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// The rows of a training that is about to begin, as tokens.
///
/// @param validation rows that are not trained on; empty for none
record PreparedRows(EncodedRows train, List<? extends TrainingRow> validation) {
    /// Encode rows, and say what should be known of them.
    ///
    /// @param rates the technique's on the base
    /// @throws UserError `tune.validation` for settings of validation without rows to validate on
    static PreparedRows of(
            TuneData data, TuneData.RowEncoding how, TrainingOptions options, LearningRates rates, Progress progress) {
        rates.warning(options.learningRate()).ifPresent(progress::warn);
        boolean patient = options.patience() > 0;
        if ((patient || options.validateSteps() > 0) && data.held().isEmpty())
            throw new UserError(
                    "tune.validation",
                    (patient ? "patience is " + options.patience() : "validate-steps is " + options.validateSteps())
                            + ", but there are no rows to validate on",
                    patient ? "it counts validations without improvement" : "it says how often they are validated on",
                    "add --validation 0.1, or leave " + (patient ? "patience" : "validate-steps") + " away");
        EncodedRows rows = data.train(how);
        rows.warnings().forEach(progress::warn);
        List<? extends TrainingRow> validation = List.of();
        if (!data.held().isEmpty()) {
            EncodedRows held = data.validation(how);
            for (String warning : held.warnings()) progress.warn("to validate on: " + warning);
            validation = held.rows();
        }
        if (!data.labelled().isEmpty()) {
            LabelBalance balance = LabelBalance.of(data.labelled());
            progress.say(balance.sentence());
            balance.warnings().forEach(progress::warn);
        }
        Set<TrainingRow> once = Collections.newSetFromMap(new IdentityHashMap<>()); // rows that weights repeat
        DataCheck check = DataCheck.of(rows.rows().stream().filter(once::add).toList(), validation);
        progress.say(check.sentence());
        check.warnings().forEach(progress::warn);
        return new PreparedRows(rows, validation);
    }
}
