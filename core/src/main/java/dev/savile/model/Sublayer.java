package dev.savile.model;

/// The two halves of a decoder layer, each of which adds its result to the residual stream.
public enum Sublayer {
    ATTENTION,
    FEED_FORWARD
}
