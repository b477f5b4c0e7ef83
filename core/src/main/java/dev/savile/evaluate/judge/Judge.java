package dev.savile.evaluate.judge;

import java.util.Optional;

/// A model that is asked for verdicts: one behind an endpoint ([EndpointJudge]) or one at hand ([LocalJudge]).
public interface Judge {
    /// Who it is, so that no model judges itself.
    ModelIdentity identity();

    /// All that its answers depend on beside prompt and draw, as a record, a list or a map: verdicts are kept by it.
    Object settings();

    /// Answer a prompt.
    ///
    /// @param draw number of the answer to this prompt, from 0; different draws are different samples
    /// @return nothing when a stop was requested before the end: an answer that breaks off is none
    Optional<String> answer(String prompt, int draw);
}
