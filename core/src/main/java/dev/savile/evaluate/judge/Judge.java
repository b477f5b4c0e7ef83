package dev.savile.evaluate.judge;

/// A model that is asked for verdicts: one behind an endpoint ([EndpointJudge]) or one at hand ([LocalJudge]).
public interface Judge {
    /// Who it is, so that no model judges itself.
    ModelIdentity identity();

    /// Answer a prompt.
    ///
    /// @param draw number of the answer to this prompt, from 0; different draws are different samples
    String answer(String prompt, int draw);
}
