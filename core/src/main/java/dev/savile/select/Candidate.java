package dev.savile.select;

import dev.savile.evaluate.statistics.ItemScores;
import java.util.List;

/// Hold what the decision needs to know of an arm.
///
/// @param arm      its name, unique in the race
/// @param baseline whether it is there to be beaten (majority, zero-shot, plain few-shot)
/// @param cost     what it costs at the user's traffic; without one, its request time. Only the order and the
///                 ratio count
/// @param breaches limits it breaks; none if it may be chosen
/// @param scores   its score on each SELECT item
public record Candidate(String arm, boolean baseline, double cost, List<Breach> breaches, ItemScores scores) {
    public Candidate {
        if (arm.isBlank()) throw new IllegalArgumentException("an arm needs a name");
        if (!(cost >= 0 && cost < Double.POSITIVE_INFINITY))
            throw new IllegalArgumentException("the cost of " + arm + " must be finite and not negative, got " + cost);
        breaches = List.copyOf(breaches);
    }

    /// Describe an arm that breaks no limit.
    public static Candidate of(String arm, boolean baseline, double cost, ItemScores scores) {
        return new Candidate(arm, baseline, cost, List.of(), scores);
    }

    public boolean feasible() {
        return breaches.isEmpty();
    }
}
