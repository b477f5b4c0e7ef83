package dev.savile.select.optimize;

import dev.savile.technique.prompt.PromptBundle;

/// A prompt to be tried.
///
/// @param words    what is different about it, for people
/// @param bundle   the prompt
/// @param proposed whether the difference is in the model's own words
record PromptCandidate(String words, PromptBundle bundle, boolean proposed) {
    PromptCandidate(String words, PromptBundle bundle) {
        this(words, bundle, false);
    }
}
