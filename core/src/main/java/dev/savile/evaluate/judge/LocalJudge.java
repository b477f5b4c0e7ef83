package dev.savile.evaluate.judge;

/// A judge at hand, asked through a function.
///
/// @param writer must sample: greedy answers are the same in every draw
public record LocalJudge(ModelIdentity identity, Writer writer) implements Judge {
    /// Write an answer to a prompt.
    @FunctionalInterface
    public interface Writer {
        /// @param draw number of the sample, from 0
        String write(String prompt, int draw);
    }

    @Override
    public String answer(String prompt, int draw) {
        return writer.write(prompt, draw);
    }
}
