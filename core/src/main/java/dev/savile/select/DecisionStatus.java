package dev.savile.select;

/// Say how firmly a decision stands.
public enum DecisionStatus {
    /// A cheaper arm is shown to be within the tolerance of the best.
    RESOLVED_CHEAPER,
    /// Every cheaper arm is shown to be worse than the best by more than the tolerance.
    RESOLVED_BEST,
    /// The items leave open whether a cheaper arm would do.
    UNRESOLVED,
    /// No arm is shown to beat the best baseline, so only baselines were considered.
    BASELINE,
    /// Every arm breaks a limit; nothing is chosen.
    INFEASIBLE
}
