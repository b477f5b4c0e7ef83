package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.evaluate.TextAnswers;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.report.Applied;
import dev.savile.evaluate.report.EvaluationReport;
import dev.savile.evaluate.report.ReportedSystem;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Comparisons of two systems' results, made by hand.
class TaskResultTest {
    @TempDir
    Path folder;

    private static ItemResult item(int id, double credit, String group) {
        return new ItemResult(
                id, "q" + id, List.of("a"), "", "", "a", "", credit, 1, 1, 0, 1, false, 0, 0, 0, group, "");
    }

    private static TaskResult result(String system, List<ItemResult> items, Optional<BootstrapDraws.Statistic> ofAll) {
        return new TaskResult("made v1", system, "test", List.of(), items, ofAll, 1, 0, 0);
    }

    private static List<ItemResult> items(int count, IntFunction<String> group, IntFunction<Double> credit) {
        List<ItemResult> items = new ArrayList<>();
        for (int i = 0; i < count; i++) items.add(item(i, credit.apply(i), group.apply(i)));
        return items;
    }

    @Test
    void itemsOfOneGroupAreNotCountedAsIndependent() {
        // 8 groups of 20 items that say the same: two groups are lost, none is won
        IntFunction<Double> first = i -> 1.0;
        IntFunction<Double> second = i -> i / 20 < 2 ? 0.0 : 1.0;
        Comparison alone = result("a", items(160, i -> "", first), Optional.empty())
                .against(result("b", items(160, i -> "", second), Optional.empty()), 0.01, 1);
        Comparison grouped = result("a", items(160, i -> "g" + i / 20, first), Optional.empty())
                .against(result("b", items(160, i -> "g" + i / 20, second), Optional.empty()), 0.01, 1);
        assertThat(alone.verdict()).isEqualTo(new Verdict.Better());
        assertThat(grouped.verdict()).isInstanceOf(Verdict.Undecided.class);
        assertThat(grouped.evidence().difference())
                .isEqualTo(alone.evidence().difference())
                .isCloseTo(0.25, within(1e-12));
        assertThat(grouped.evidence().method()).contains("8 clusters");
    }

    @Test
    void aSystemThatAnswersAsAnotherIsFoundOut() {
        var first = result("a", items(3, i -> "", i -> 1.0), Optional.empty());
        assertThat(first.answersAs(result("b", items(3, i -> "", i -> 1.0), Optional.empty())))
                .isTrue();
        List<ItemResult> other = items(3, i -> "", i -> 1.0);
        ItemResult last = other.getLast();
        other.set(
                2,
                new ItemResult(
                        last.id(),
                        last.input(),
                        last.references(),
                        "",
                        "",
                        "a",
                        "",
                        1,
                        Math.nextDown(1.0),
                        1,
                        0,
                        1,
                        false,
                        0,
                        0,
                        0,
                        "",
                        ""));
        assertThat(first.answersAs(result("b", other, Optional.empty()))).isFalse();
    }

    @Test
    void severalComparisonsAreAdjustedTogether() {
        IntFunction<Double> right = i -> 1.0;
        var first = result("a", items(40, i -> "", right), Optional.empty());
        List<TaskResult> others = List.of(
                result("b", items(40, i -> "", i -> i < 6 ? 0.0 : 1.0), Optional.empty()), // p = 2 / 2^6
                result("c", items(40, i -> "", i -> i < 10 ? 0.0 : 1.0), Optional.empty())); // p = 2 / 2^10
        List<Comparison> together = first.against(others, 0.01, 1);
        assertThat(together.getFirst().evidence().p()).isCloseTo(2 / 64.0, within(1e-12)); // the largest stays
        assertThat(together.getLast().evidence().p()).isCloseTo(2 * 2 / 1024.0, within(1e-12));
        assertThat(first.against(others.subList(0, 1), 0.01, 1).getFirst())
                .isEqualTo(first.against(others.getFirst(), 0.01, 1));
    }

    @Test
    void ratesAboveOneAreCompared() {
        TextMetric ter = TextMetric.of("ter");
        List<String> wanted = List.of("yes");
        var wordy = List.of(new TextAnswers.Item("no no no no no", wanted));
        var right = List.of(new TextAnswers.Item("yes", wanted));
        Comparison comparison = result("a", items(1, i -> "", i -> 0.0), ter.ofAll(wordy))
                .against(result("b", items(1, i -> "", i -> 1.0), ter.ofAll(right)), 0.01, 1);
        assertThat(comparison.evidence().difference()).isLessThan(-1);
        assertThat(comparison.sentence("a", "b")).isNotBlank();
    }

    @Test
    void aReportWritesScoresOfAllAnswersButNotTheirFormula() throws IOException {
        var answers = List.of(new TextAnswers.Item("yes", List.of("yes")));
        var score = new Score("bleu", "13a", "test", 1, 1, new Interval(0, 1));
        var one = new TaskResult(
                "made v1",
                "a",
                "test",
                List.of(score),
                items(1, i -> "", i -> 1.0),
                TextMetric.of("bleu").ofAll(answers),
                1,
                0,
                0);
        var system = new ReportedSystem(one, new Applied("the task's prompt", "b", "", "p"));
        var report = new EvaluationReport("now", List.of(system), List.of(), Map.of("Seed", "1"));
        for (String ending : List.of("json", "html", "md", "csv")) report.write(folder.resolve("report." + ending));
        assertThat(folder.resolve("report.json")).content().contains("\"bleu\"").doesNotContain("ofAll");
    }

    @Test
    void aScoreOfAllAnswersIsComparedAsOne() {
        List<TextAnswers.Item> good = new ArrayList<>();
        List<TextAnswers.Item> poor = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            List<String> wanted = List.of("the restaurant number " + i + " serves cheap food near the river");
            good.add(new TextAnswers.Item(wanted.getFirst(), wanted));
            String answer = i % 3 == 0 ? wanted.getFirst() : "the restaurant serves food near the river " + i;
            poor.add(new TextAnswers.Item(answer, wanted));
        }
        for (String name : List.of("bleu", "chrF", "ter")) {
            TextMetric metric = TextMetric.of(name);
            IntFunction<Double> equal = i -> 0.5; // what single answers get must not decide
            var first = result("a", items(60, i -> "", equal), metric.ofAll(good));
            var second = result("b", items(60, i -> "", equal), metric.ofAll(poor));
            Comparison comparison = first.against(second, 0.01, 1);
            assertThat(comparison.verdict()).as(name).isEqualTo(new Verdict.Better());
            assertThat(comparison.evidence().firstMean()).as(name).isCloseTo(1, within(1e-9));
            assertThat(comparison.evidence().method()).contains("corpus");
            assertThat(second.against(first, 0.01, 1).verdict()).as(name).isEqualTo(new Verdict.Worse());
        }
        assertThat(TextMetric.of("token_f1").ofAll(good)).isEmpty();
    }
}
