package dev.savile.model;

/// The form in which the weights of a frozen base's linears are kept.
public enum WeightStorage {
    /// In the type that they are computed in.
    WHOLE,
    /// In 4 bits a value; see [Nf4].
    NF4
}
