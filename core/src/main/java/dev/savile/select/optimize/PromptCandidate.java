package dev.savile.select.optimize;

import dev.savile.technique.prompt.PromptBundle;

/// A prompt to be tried.
///
/// @param words  what is different about it, for people
/// @param bundle the prompt
record PromptCandidate(String words, PromptBundle bundle) {}
