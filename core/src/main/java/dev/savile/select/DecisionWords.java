package dev.savile.select;

import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.PValue;
import dev.savile.evaluate.statistics.PairedEvidence;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Put a decision into one sentence. Only differences are named: the score that made an arm the winner flatters
/// it.
final class DecisionWords {
    private static final int NAMED = 3;

    private DecisionWords() {}

    static String choice(
            DecisionStatus status,
            Candidate chosen,
            Candidate leader,
            Map<String, Standing.Compared> compared,
            double tolerance) {
        List<Standing.Compared> cheaper = compared.values().stream()
                .filter(Standing.Compared::cheaper)
                .sorted(Comparator.comparingDouble(
                                (Standing.Compared s) -> -s.evidence().difference())
                        .thenComparing(Standing.Compared::arm))
                .toList();
        String limit = Comparison.points(tolerance);
        return switch (status) {
            case RESOLVED_CHEAPER -> {
                Standing.Compared standing = compared.get(chosen.arm());
                if (standing == null)
                    throw new IllegalStateException(chosen.arm() + " was chosen without a comparison");
                yield chosen.arm() + " is within " + limit + " of the best arm, " + leader.arm() + " ("
                        + figures(standing.evidence()) + ", n "
                        + standing.evidence().items() + "), and costs "
                        + saving(chosen.cost(), leader.cost());
            }
            case RESOLVED_BEST ->
                cheaper.isEmpty()
                        ? leader.arm() + " scores best, and no arm that was considered costs less"
                        : leader.arm() + " scores best, and every cheaper arm is worse by more than " + limit
                                + " (nearest: " + cheaper.getFirst().arm() + " "
                                + figures(cheaper.getFirst().evidence()) + ")";
            case UNRESOLVED -> unresolved(leader, cheaper, limit);
            case BASELINE, INFEASIBLE -> throw new IllegalStateException(status + " does not name a choice");
        };
    }

    static String baseline(DecisionRule.BaselineTest test) {
        return test.nearest()
                .map(nearest -> "no other arm is shown to beat the baseline "
                        + test.baseline().arm() + " (nearest: " + nearest.arm().arm() + " "
                        + figures(nearest.evidence()) + ", adjusted " + PValue.words(nearest.adjustedP()) + ")")
                .orElse("there are only baselines to choose from");
    }

    static String infeasible(Candidate nearest) {
        return "every arm breaks a limit; " + nearest.arm() + " comes nearest ("
                + nearest.breaches().stream().map(Breach::words).collect(Collectors.joining("; ")) + ")";
    }

    private static String unresolved(Candidate leader, List<Standing.Compared> cheaper, String limit) {
        List<Standing.Compared> open =
                cheaper.stream().filter(Standing.Compared::open).toList();
        String named = open.stream()
                .limit(NAMED)
                .map(s -> s.arm() + " (" + figures(s.evidence()) + "; to settle it: "
                        + s.needed().words() + ")")
                .collect(Collectors.joining(", "));
        String rest = open.size() > NAMED ? " and " + (open.size() - NAMED) + " more" : "";
        return leader.arm() + " scores best, but "
                + cheaper.getFirst().evidence().items() + " items cannot show whether a cheaper arm is within " + limit
                + " of it: " + named + rest;
    }

    /// Write a difference in points with its interval: "-0.2 points, 95% -0.9 to +0.5".
    private static String figures(PairedEvidence evidence) {
        return String.format(
                Locale.ROOT,
                "%+.1f points, 95%% %+.1f to %+.1f",
                100 * evidence.difference(),
                100 * evidence.interval().low(),
                100 * evidence.interval().high());
    }

    private static String saving(double cost, double reference) {
        if (cost == 0) return "nothing beside it";
        double ratio = reference / cost;
        if (ratio < 1.95) return String.format(Locale.ROOT, "%.0f%% less", 100 * (1 - cost / reference));
        return String.format(Locale.ROOT, ratio < 9.95 ? "%.1f times less" : "%.0f times less", ratio);
    }
}
