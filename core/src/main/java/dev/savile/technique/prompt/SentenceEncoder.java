package dev.savile.technique.prompt;

/// A text embedder that an optional module brings: found on the class path, and named by the prompts that use it.
public interface SentenceEncoder extends TextEmbedder {
    /// The name in prompts and options.
    String id();
}
