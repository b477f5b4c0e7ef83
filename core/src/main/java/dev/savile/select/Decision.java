package dev.savile.select;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Hold which arm is recommended, how firmly, and why.
///
/// It is a pure function of the arms' item scores, costs and limits: the recommendation has no other source.
///
/// @param chosen    the recommended arm; absent when every arm breaks a limit
/// @param statuses  how firmly it stands, in the order of the enum
/// @param standings every arm, in the order given
/// @param tolerance gap within which a cheaper arm is accepted, as a share
/// @param reason    the choice in one sentence
public record Decision(
        @Nullable String chosen,
        List<DecisionStatus> statuses,
        List<Standing> standings,
        double tolerance,
        String reason) {
    public Decision {
        statuses = statuses.stream().sorted().toList();
        standings = List.copyOf(standings);
        if (statuses.contains(DecisionStatus.INFEASIBLE) != (chosen == null))
            throw new IllegalArgumentException(
                    "an arm is chosen unless none is feasible, got " + chosen + " with " + statuses);
    }

    /// Decide between arms that were scored on the same items.
    ///
    /// Drop arms that break a limit. Unless an arm beats the best baseline (one-sided, Holm, 5 %), go on with the
    /// baselines only. Take the arm with the best mean; if cheaper ones are shown to be within the tolerance of it
    /// (one-sided, Holm, 2.5 %), choose the cheapest of them, else the best. Equal means go to the cheaper arm,
    /// equal costs to the first name.
    ///
    /// @param candidates arms of one race, names unique, all scored on the same items
    /// @param tolerance  above 0, below 1; 0.01 is one point
    /// @param seed       of the bootstrap, which only scores other than 0 and 1 need
    public static Decision of(List<Candidate> candidates, double tolerance, long seed) {
        return DecisionRule.decide(candidates, tolerance, seed);
    }

    /// Return the arm that the others were compared with.
    public Optional<String> leader() {
        return standings.stream()
                .filter(Standing.Leader.class::isInstance)
                .map(Standing::arm)
                .findFirst();
    }

    /// Return the cheaper arms that more items could still make the choice.
    public List<Standing.Compared> tied() {
        return standings.stream()
                .filter(Standing.Compared.class::isInstance)
                .map(Standing.Compared.class::cast)
                .filter(Standing.Compared::open)
                .toList();
    }
}
