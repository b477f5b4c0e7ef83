package dev.savile.select;

import dev.savile.model.Tuning;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import org.jspecify.annotations.Nullable;

/// What an arm has come up with, ready to answer and to be saved.
///
/// @param tuning null where nothing was trained
record Solution(PromptBundle bundle, @Nullable TrainedTuning tuning) implements AutoCloseable {
    static Solution prompt(PromptBundle bundle) {
        return new Solution(bundle, null);
    }

    Tuning tuningOrNone() {
        return tuning == null ? Tuning.NONE : tuning;
    }

    @Override
    public void close() {
        if (tuning != null) tuning.close();
    }
}
