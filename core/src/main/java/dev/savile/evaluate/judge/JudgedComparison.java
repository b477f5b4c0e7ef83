package dev.savile.evaluate.judge;

import dev.savile.engine.Rng;
import dev.savile.evaluate.metrics.Rate;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.McNemar;
import dev.savile.evaluate.statistics.PairedBootstrap;
import dev.savile.evaluate.statistics.RankCorrelation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a judge says of two systems.
///
/// Pairs without a verdict in one of the orders count for neither system; how many they are is to be shown beside the
/// score. So are the agreement with people, without which a judge decides nothing, and the leaning to length.
///
/// @param judge      name of the judge
/// @param rubric     version of the rubric
/// @param related    the judge has the base of one of the systems: self-preference is possible
/// @param judgements one for each pair
public record JudgedComparison(String judge, String rubric, boolean related, List<PairJudgement> judgements) {
    public JudgedComparison {
        judgements = List.copyOf(judgements);
    }

    /// Count the pairs with a preference.
    public int count(Preference preference) {
        return (int) preferences().stream().filter(preference::equals).count();
    }

    /// Return the win rate of the first system, `(wins + ties / 2) / pairs`, with the interval of a share; empty when
    /// no pair has a verdict.
    ///
    /// A pair is one item, however many draws it took.
    public Optional<Score> winRate(String split) {
        List<Preference> preferences = preferences();
        int n = preferences.size();
        if (n == 0) return Optional.empty();
        double[] credits = preferences.stream().mapToDouble(Preference::credit).toArray();
        double value = ClusteredMean.mean(credits);
        var interval = ClusteredMean.ofShare(credits, clusters(), Score.LEVEL).including(value);
        return Optional.of(new Score("win_rate", judge + "," + rubric, split, n, value, interval));
    }

    /// Return the two-sided p value of "neither system is better", from the pairs that one of them won; where pairs
    /// hang together, from the signs of their groups.
    public double p() {
        Clusters clusters = clusters();
        if (clusters.allSingletons()) return McNemar.exact(count(Preference.FIRST), count(Preference.SECOND));
        double[] leads =
                preferences().stream().mapToDouble(one -> 2 * one.credit() - 1).toArray();
        return PairedBootstrap.of(leads, clusters, PairedBootstrap.DRAWS, Rng.of(0, "judged", judge))
                .signFlipP();
    }

    private Clusters clusters() {
        return Clusters.ofGroups(judgements.stream()
                .filter(judgement -> judgement.preference().isPresent())
                .map(judgement -> judgement.pair().group())
                .toList());
    }

    /// Return the share of pairs without a verdict.
    public Rate unparsedPairs() {
        return Rate.of(judgements.size() - preferences().size(), judgements.size());
    }

    /// Return the share of draws without a verdict.
    public Rate unparsedDraws() {
        long unparsed = 0;
        long all = 0;
        for (PairJudgement judgement : judgements)
            for (Tally tally : List.of(judgement.asGiven(), judgement.swapped())) {
                unparsed += tally.unparsed();
                all += tally.draws();
            }
        return Rate.of(unparsed, all);
    }

    /// Return the share of judged pairs on which the order of the answers changed the verdict.
    public Rate orderDisagreement() {
        return Rate.of(
                judgements.stream().filter(PairJudgement::ordersDisagree).count(),
                preferences().size());
    }

    /// Return Spearman's correlation of the first system's credit with how much longer its answer is, in characters;
    /// empty when all pairs are alike in one of the two.
    public OptionalDouble lengthCorrelation() {
        List<Double> credits = new ArrayList<>();
        List<Double> longer = new ArrayList<>();
        for (PairJudgement judgement : judgements)
            judgement.preference().ifPresent(preference -> {
                credits.add(preference.credit());
                longer.add((double) length(judgement.pair().first())
                        - length(judgement.pair().second()));
            });
        return RankCorrelation.spearman(array(credits), array(longer));
    }

    /// Compare with what people say.
    ///
    /// @param labels preference of a person for each item, by its id; others are left out
    public HumanAgreement agreement(Map<String, Preference> labels) {
        List<Preference> judged = new ArrayList<>();
        List<Preference> human = new ArrayList<>();
        for (PairJudgement judgement : judgements) {
            Preference label = labels.get(judgement.pair().id());
            if (label == null || judgement.preference().isEmpty()) continue;
            judged.add(judgement.preference().get());
            human.add(label);
        }
        return HumanAgreement.of(judged, human);
    }

    private List<Preference> preferences() {
        return judgements.stream()
                .flatMap(judgement -> judgement.preference().stream())
                .toList();
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
