package dev.savile.technique.soft;

/// Where trained vectors start.
public enum SoftStart {
    /// From a text: its tokens' vectors, or its keys and values; repeated or cut to the length wanted.
    TEXT,
    /// From tokens drawn from the vocabulary.
    VOCABULARY,
    /// From random values.
    RANDOM,
    /// From zero; for a prefix only. It still draws attention, so that it is not the base.
    ZERO
}
