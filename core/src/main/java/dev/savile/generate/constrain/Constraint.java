package dev.savile.generate.constrain;

/// Say what an answer must look like, in tokens of one model.
public sealed interface Constraint permits Constraint.None, TokenConstraint {
    /// Anything may be written.
    Constraint NONE = new None();

    /// The answer is free.
    record None() implements Constraint {}
}
