package dev.savile.technique.prompt;

/// A worked example that stands in a prompt.
public record Demo(String text, String label) {}
