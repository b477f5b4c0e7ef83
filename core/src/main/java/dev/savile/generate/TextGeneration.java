package dev.savile.generate;

/// Hold what a model wrote as text.
///
/// @param text       the answer, without end token, stop text and tokens of structure
/// @param generation tokens, reason of the end, times
public record TextGeneration(String text, Generation generation) {}
