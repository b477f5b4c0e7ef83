package dev.savile.objective;

/// How well a model predicts the learned tokens of rows.
///
/// A row whose tokens are all the likeliest is one that greedy decoding would write just so: nothing has to be
/// written to know it.
///
/// @param negativeLogProb sum over the learned tokens, in nats
/// @param tokens          that are learned
/// @param likeliest       tokens of those that no other is likelier than
/// @param rows            with a token that is learned
/// @param matched         rows of those with all learned tokens the likeliest
public record Fit(double negativeLogProb, long tokens, long likeliest, long rows, long matched) {
    public static final Fit NONE = new Fit(0, 0, 0, 0, 0);

    /// Return the fit of these rows and others.
    public Fit and(Fit other) {
        return new Fit(
                negativeLogProb + other.negativeLogProb,
                tokens + other.tokens,
                likeliest + other.likeliest,
                rows + other.rows,
                matched + other.matched);
    }

    /// Mean loss, in nats a learned token.
    public double loss() {
        return negativeLogProb / tokens;
    }

    /// Share of the learned tokens that are the likeliest.
    public double tokenAccuracy() {
        return (double) likeliest / tokens;
    }

    /// Share of the rows that greedy decoding would write as they are.
    public double replyMatch() {
        return (double) matched / rows;
    }
}
