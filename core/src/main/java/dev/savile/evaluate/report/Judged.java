package dev.savile.evaluate.report;

import dev.savile.evaluate.judge.HumanAgreement;
import dev.savile.evaluate.judge.JudgedComparison;
import dev.savile.evaluate.judge.PairJudgement;
import dev.savile.evaluate.judge.Preference;
import dev.savile.evaluate.metrics.Rate;
import dev.savile.evaluate.statistics.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a judge said of two systems' answers, and what speaks for and against believing it.
///
/// @param comparison its verdicts
/// @param people     how far it agrees with preferences of people; empty where there are none
/// @param first      name of the first system
/// @param second     name of the second
public record Judged(JudgedComparison comparison, Optional<HumanAgreement> people, String first, String second) {
    /// A verdict on an item.
    ///
    /// @param item         its id
    /// @param better       the system that is preferred, "neither", or "no verdict"
    /// @param orderMatters whether the order of the answers changed what the judge said
    record Verdict(String item, String better, boolean orderMatters) {}

    /// Wins of both, in one line.
    public String sentence() {
        return comparison.judge() + " as judge (" + comparison.rubric() + "): " + first + " wins "
                + comparison.count(Preference.FIRST) + ", ties " + comparison.count(Preference.TIE) + ", " + second
                + " wins " + comparison.count(Preference.SECOND)
                + String.format(Locale.ROOT, ", p %.4f", comparison.p());
    }

    /// Figures for people, by name.
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        comparison.winRate("test").ifPresent(rate -> facts.put("win rate", rate.percent()));
        facts.put("pairs without a verdict", words(comparison.unparsedPairs()));
        facts.put("draws without a verdict", words(comparison.unparsedDraws()));
        facts.put("verdicts that the order changed", words(comparison.orderDisagreement()));
        comparison
                .lengthCorrelation()
                .ifPresent(found ->
                        facts.put("correlation of winning with length", String.format(Locale.ROOT, "%.2f", found)));
        people.ifPresent(agreement -> {
            facts.put("agreement with people", words(agreement.raw()));
            agreement
                    .kappa()
                    .ifPresent(kappa ->
                            facts.put("beyond chance (Cohen's kappa)", String.format(Locale.ROOT, "%.2f", kappa)));
        });
        return facts;
    }

    /// What should keep people from believing the judge.
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (comparison.related())
            warnings.add("the judge has the base of one of the systems: self-preference is possible");
        if (people.isEmpty())
            warnings.add("without preferences of people (--human) nobody knows how far this judge can be trusted");
        people.filter(agreement -> !agreement.enough())
                .ifPresent(agreement -> warnings.add("only " + agreement.raw().n() + " preferences of people, "
                        + HumanAgreement.ENOUGH + " are needed before a judge may decide"));
        return warnings;
    }

    /// All figures for programs.
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("judge", comparison.judge());
        fields.put("rubric", comparison.rubric());
        fields.put("wins", comparison.count(Preference.FIRST));
        fields.put("ties", comparison.count(Preference.TIE));
        fields.put("losses", comparison.count(Preference.SECOND));
        fields.put("p", comparison.p());
        comparison
                .winRate("test")
                .ifPresent(rate -> fields.put("winRate", rate.interval().fields(rate.value())));
        fields.put("unparsedPairs", fields(comparison.unparsedPairs()));
        fields.put("unparsedDraws", fields(comparison.unparsedDraws()));
        fields.put("orderDisagreement", fields(comparison.orderDisagreement()));
        comparison.lengthCorrelation().ifPresent(found -> fields.put("lengthCorrelation", found));
        fields.put("related", comparison.related());
        fields.put("warnings", warnings());
        people.ifPresent(agreement -> {
            fields.put("humanAgreement", fields(agreement.raw()));
            agreement.kappa().ifPresent(kappa -> fields.put("kappa", kappa));
        });
        return fields;
    }

    List<Verdict> verdicts() {
        return comparison.judgements().stream().map(this::verdict).toList();
    }

    private Verdict verdict(PairJudgement judgement) {
        String better = judgement
                .preference()
                .map(preference -> switch (preference) {
                    case FIRST -> first;
                    case SECOND -> second;
                    case TIE -> "neither";
                })
                .orElse("no verdict");
        return new Verdict(judgement.pair().id(), better, judgement.ordersDisagree());
    }

    private static String words(Rate rate) {
        Interval interval = rate.interval();
        return String.format(
                Locale.ROOT,
                "%.1f %% (%.1f..%.1f) of %d",
                100 * rate.value(),
                100 * interval.low(),
                100 * interval.high(),
                rate.n());
    }

    private static Map<String, Object> fields(Rate rate) {
        return rate.interval().fields(rate.value());
    }
}
