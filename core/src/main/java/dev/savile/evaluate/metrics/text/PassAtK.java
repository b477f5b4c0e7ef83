package dev.savile.evaluate.metrics.text;

/// The chance that one of k samples is right, from n samples of which c are right (Chen et al., "Evaluating large
/// language models trained on code", 2021).
public final class PassAtK {
    private PassAtK() {}

    /// `1 - C(n - c, k) / C(n, k)`.
    ///
    /// @throws IllegalArgumentException unless `0 <= c <= n` and `1 <= k <= n`
    public static double of(int n, int c, int k) {
        if (c < 0 || c > n || k < 1 || k > n)
            throw new IllegalArgumentException(
                    "pass@k needs 0 <= c <= n and 1 <= k <= n, got n=" + n + ", c=" + c + ", k=" + k);
        double none = 1;
        for (int i = 0; i < k; i++) none *= Math.max(0, n - c - i) / (double) (n - i);
        return 1 - none;
    }
}
