package dev.savile.evaluate.judge;

import java.util.Optional;

/// A judge at hand, asked through a function.
///
/// @param settings all that its answers depend on beside prompt and draw
/// @param writer   must sample: greedy answers are the same in every draw
public record LocalJudge(ModelIdentity identity, Object settings, Writer writer) implements Judge {
    /// Write an answer to a prompt.
    @FunctionalInterface
    public interface Writer {
        /// @param draw number of the sample, from 0
        /// @return nothing when a stop was requested before the end
        Optional<String> write(String prompt, int draw);
    }

    @Override
    public Optional<String> answer(String prompt, int draw) {
        return writer.write(prompt, draw);
    }
}
