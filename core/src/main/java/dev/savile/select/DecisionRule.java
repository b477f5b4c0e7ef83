package dev.savile.select;

import dev.savile.engine.Rng;
import dev.savile.evaluate.statistics.Holm;
import dev.savile.evaluate.statistics.ItemsNeeded;
import dev.savile.evaluate.statistics.PairedEvidence;
import dev.savile.evaluate.statistics.SampleSize;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Choose an arm: the cheapest that is shown to be good enough, else the best.
final class DecisionRule {
    static final double ALPHA = 0.05;
    static final double NON_INFERIORITY_ALPHA = 0.025;

    private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble(
                    (Candidate c) -> -c.scores().mean())
            .thenComparingDouble(Candidate::cost)
            .thenComparing(Candidate::arm);
    private static final Comparator<Candidate> CHEAPEST_FIRST = Comparator.comparingDouble(Candidate::cost)
            .thenComparingDouble(c -> -c.scores().mean())
            .thenComparing(Candidate::arm);

    private final List<Candidate> all;
    private final double tolerance;
    private final long seed;

    private DecisionRule(List<Candidate> all, double tolerance, long seed) {
        this.all = all;
        this.tolerance = tolerance;
        this.seed = seed;
    }

    static Decision decide(List<Candidate> candidates, double tolerance, long seed) {
        check(candidates);
        return new DecisionRule(List.copyOf(candidates), tolerance, seed).decide();
    }

    /// What became of the question whether anything beats the best baseline.
    ///
    /// @param baseline  the best baseline
    /// @param nearest   the arm with the smallest adjusted p value against it, with that value, if there is any
    ///                  arm
    record BaselineTest(Candidate baseline, Optional<Challenge> nearest) {
        boolean beaten() {
            return nearest.isPresent() && nearest.get().adjustedP() < ALPHA;
        }
    }

    /// One arm against the best baseline.
    record Challenge(Candidate arm, PairedEvidence evidence, double adjustedP) {}

    private Decision decide() {
        List<Candidate> feasible = all.stream().filter(Candidate::feasible).toList();
        if (feasible.isEmpty()) return infeasible();

        Optional<BaselineTest> test = baselineTest(feasible);
        boolean baselinesOnly = test.isPresent() && !test.get().beaten();
        List<Candidate> considered =
                baselinesOnly ? feasible.stream().filter(Candidate::baseline).toList() : feasible;

        Candidate leader = considered.stream().min(BEST_FIRST).orElseThrow();
        Map<String, Standing.Compared> compared = compare(feasible, considered, leader);
        Candidate chosen = considered.stream()
                .filter(arm -> accepted(compared, arm))
                .min(CHEAPEST_FIRST)
                .orElse(leader);

        List<Standing.Compared> cheaper =
                compared.values().stream().filter(Standing.Compared::cheaper).toList();
        DecisionStatus status = !same(chosen, leader)
                ? DecisionStatus.RESOLVED_CHEAPER
                : cheaper.stream().allMatch(Standing.Compared::ruledOut)
                        ? DecisionStatus.RESOLVED_BEST
                        : DecisionStatus.UNRESOLVED;
        List<DecisionStatus> statuses = baselinesOnly ? List.of(status, DecisionStatus.BASELINE) : List.of(status);
        String choice = DecisionWords.choice(status, chosen, leader, compared, tolerance);
        String reason = baselinesOnly ? DecisionWords.baseline(test.get()) + "; " + choice : choice;
        return new Decision(chosen.arm(), statuses, standings(leader, compared), tolerance, reason);
    }

    private Decision infeasible() {
        List<Standing> dropped = all.stream()
                .<Standing>map(arm -> new Standing.Dropped(arm.arm(), arm.breaches()))
                .toList();
        Candidate nearest = all.stream()
                .min(Comparator.comparingDouble(DecisionRule::worstExcess).thenComparing(BEST_FIRST))
                .orElseThrow();
        return new Decision(
                null, List.of(DecisionStatus.INFEASIBLE), dropped, tolerance, DecisionWords.infeasible(nearest));
    }

    private Optional<BaselineTest> baselineTest(List<Candidate> feasible) {
        Optional<Candidate> best = feasible.stream().filter(Candidate::baseline).min(BEST_FIRST);
        if (best.isEmpty()) return Optional.empty();
        List<Candidate> arms = feasible.stream().filter(arm -> !arm.baseline()).toList();
        List<PairedEvidence> evidence =
                arms.stream().map(arm -> evidence(arm, best.get())).toList();
        double[] adjusted = Holm.adjust(
                evidence.stream().mapToDouble(PairedEvidence::betterP).toArray());
        List<Challenge> challenges = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) challenges.add(new Challenge(arms.get(i), evidence.get(i), adjusted[i]));
        Optional<Challenge> nearest = challenges.stream()
                .min(Comparator.comparingDouble(Challenge::adjustedP).thenComparing(Challenge::arm, BEST_FIRST));
        return Optional.of(new BaselineTest(best.get(), nearest));
    }

    /// Compare every feasible arm with the leader. The non-inferiority tests that can decide form one Holm family,
    /// the others a second.
    private Map<String, Standing.Compared> compare(
            List<Candidate> feasible, List<Candidate> considered, Candidate leader) {
        List<Candidate> others =
                feasible.stream().filter(arm -> !same(arm, leader)).toList();
        List<PairedEvidence> evidence =
                others.stream().map(arm -> evidence(arm, leader)).toList();
        double[] adjusted =
                Holm.adjust(evidence.stream().mapToDouble(PairedEvidence::p).toArray());
        boolean[] cheaper = new boolean[others.size()];
        for (int i = 0; i < cheaper.length; i++)
            cheaper[i] = considered.contains(others.get(i)) && others.get(i).cost() < leader.cost();
        double[] nonInferior = new double[others.size()];
        adjustWhere(cheaper, true, evidence, nonInferior);
        adjustWhere(cheaper, false, evidence, nonInferior);

        Map<String, Standing.Compared> compared = new LinkedHashMap<>();
        for (int i = 0; i < cheaper.length; i++) {
            String arm = others.get(i).arm();
            compared.put(arm, standing(arm, evidence.get(i), adjusted[i], nonInferior[i], cheaper[i]));
        }
        return compared;
    }

    private static void adjustWhere(boolean[] cheaper, boolean wanted, List<PairedEvidence> evidence, double[] result) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < cheaper.length; i++) if (cheaper[i] == wanted) places.add(i);
        double[] adjusted = Holm.adjust(places.stream()
                .mapToDouble(i -> evidence.get(i).nonInferiorityP())
                .toArray());
        for (int i = 0; i < adjusted.length; i++) result[places.get(i)] = adjusted[i];
    }

    private Standing.Compared standing(
            String arm, PairedEvidence evidence, double adjustedP, double adjustedNonInferiorityP, boolean cheaper) {
        boolean accepted = adjustedNonInferiorityP < NON_INFERIORITY_ALPHA;
        ItemsNeeded needed = accepted
                ? new ItemsNeeded.None()
                : SampleSize.neededForNonInferiority(
                        evidence.items(), evidence.variance(), evidence.difference(), tolerance);
        return new Standing.Compared(
                arm,
                verdict(evidence, adjustedP, accepted),
                evidence,
                adjustedP,
                adjustedNonInferiorityP,
                cheaper,
                evidence.interval().high() < -tolerance,
                needed);
    }

    private ArmVerdict verdict(PairedEvidence evidence, double adjustedP, boolean accepted) {
        boolean apart = adjustedP < ALPHA;
        if (apart && evidence.difference() > 0) return ArmVerdict.BETTER;
        if (accepted) return ArmVerdict.NON_INFERIOR;
        if (apart) return ArmVerdict.WORSE;
        OptionalDouble detectable = SampleSize.minimumDetectableGap(evidence.items(), evidence.disagreement());
        double interesting = Math.max(Math.abs(evidence.difference()), tolerance);
        return detectable.isEmpty() || detectable.getAsDouble() > interesting
                ? ArmVerdict.CANNOT_TELL
                : ArmVerdict.TIED;
    }

    private List<Standing> standings(Candidate leader, Map<String, Standing.Compared> compared) {
        List<Standing> standings = new ArrayList<>();
        for (Candidate arm : all) {
            Standing.Compared standing = compared.get(arm.arm());
            if (same(arm, leader)) standings.add(new Standing.Leader(arm.arm()));
            else if (standing != null) standings.add(standing);
            else standings.add(new Standing.Dropped(arm.arm(), arm.breaches()));
        }
        return standings;
    }

    private PairedEvidence evidence(Candidate first, Candidate second) {
        Rng rng = Rng.of(seed, "decision", first.arm(), second.arm());
        return PairedEvidence.of(first.scores().toArray(), second.scores().toArray(), tolerance, rng);
    }

    private static boolean accepted(Map<String, Standing.Compared> compared, Candidate arm) {
        Standing.Compared standing = compared.get(arm.arm());
        return standing != null && standing.cheaper() && standing.accepted();
    }

    /// Names are unique within a race.
    private static boolean same(Candidate first, Candidate second) {
        return first.arm().equals(second.arm());
    }

    private static double worstExcess(Candidate arm) {
        return arm.breaches().stream().mapToDouble(Breach::excess).max().orElse(0);
    }

    private static void check(List<Candidate> candidates) {
        if (candidates.isEmpty()) throw new IllegalArgumentException("a decision needs at least one arm");
        long names = candidates.stream().map(Candidate::arm).distinct().count();
        if (names < candidates.size()) throw new IllegalArgumentException("two arms have the same name");
        int items = candidates.getFirst().scores().size();
        for (Candidate arm : candidates)
            if (arm.scores().size() != items)
                throw new IllegalArgumentException("all arms must be scored on the same items, but " + arm.arm()
                        + " has " + arm.scores().size() + " and "
                        + candidates.getFirst().arm() + " " + items);
    }
}
