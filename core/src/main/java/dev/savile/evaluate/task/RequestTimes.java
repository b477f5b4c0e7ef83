package dev.savile.evaluate.task;

import java.util.List;

/// How long requests took that were asked one at a time.
///
/// @param seconds of each, at least one
public record RequestTimes(List<Double> seconds) {
    public RequestTimes {
        seconds = List.copyOf(seconds);
        if (seconds.isEmpty()) throw new IllegalArgumentException("there is no request");
    }

    /// Seconds within which half of the requests were answered.
    public double p50() {
        return within(0.5);
    }

    /// Seconds within which 95 % of the requests were answered.
    public double p95() {
        return within(0.95);
    }

    /// The least time within which at least a share was answered (nearest rank).
    private double within(double share) {
        List<Double> sorted = seconds.stream().sorted().toList();
        return sorted.get((int) Math.ceil(share * sorted.size() - 1e-9) - 1);
    }
}
