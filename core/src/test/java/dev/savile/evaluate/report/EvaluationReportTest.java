package dev.savile.evaluate.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What stands in reports of results made by hand.
class EvaluationReportTest {
    private static final String ATTACK = "<script>alert('|')</script>";
    private static final Pattern ROW = Pattern.compile("<tr( class=\"([^\"]*)\")?><td data-sort=\"(\\d+)");

    @TempDir
    Path folder;

    /// A row of a page's table of items or flips.
    private record Row(int item, String classes) {}

    private static ItemResult item(int id, boolean right, String answer) {
        return new ItemResult(
                id,
                "question " + id,
                List.of("yes"),
                "",
                answer,
                answer,
                "",
                right ? 1 : 0,
                0.5,
                10,
                0,
                1,
                false,
                0,
                0,
                0,
                "",
                "");
    }

    private static TaskResult result(String system, int items, IntPredicate right, String wrongAnswer) {
        List<ItemResult> answers = new ArrayList<>();
        int hits = 0;
        for (int i = 0; i < items; i++) {
            answers.add(item(i, right.test(i), right.test(i) ? "yes" : wrongAnswer));
            if (right.test(i)) hits++;
        }
        double share = (double) hits / items;
        var accuracy =
                new Score("accuracy", "raw", "test", items, share, new Interval(Math.max(0, share - 0.1), share + 0.1));
        return new TaskResult("made v1", system, "test", List.of(accuracy), answers, Optional.empty(), 1, 0, 0);
    }

    private static ReportedSystem system(TaskResult result, String customization) {
        return new ReportedSystem(
                result, new Applied("the task's prompt", "base-digest", customization, "prompt-of-" + result.system()));
    }

    private static EvaluationReport report(TaskResult first, TaskResult other) {
        List<Comparison> compared = first.against(List.of(other), 0.01, 1);
        return new EvaluationReport(
                "now", List.of(system(first, "lora-digest"), system(other, "")), compared, Map.of("Seed", "1"));
    }

    /// Of 8 items the first is right on 2 to 7, the other on 0 and 3 to 7: it wins item 2 and loses item 0.
    private static EvaluationReport small() {
        return report(result("lora", 8, i -> i >= 2, ATTACK), result("base", 8, i -> i == 0 || i > 2, "no"));
    }

    private String written(EvaluationReport report, String ending) throws IOException {
        Path file = folder.resolve("report." + ending);
        report.write(file);
        return Files.readString(file);
    }

    private static List<Row> rows(String html) {
        List<Row> rows = new ArrayList<>();
        Matcher found = ROW.matcher(html);
        while (found.find())
            rows.add(new Row(Integer.parseInt(found.group(3)), found.group(2) == null ? "" : found.group(2)));
        return rows;
    }

    private static List<Row> items(String page) {
        return rows(page.substring(page.indexOf("id=\"items\"")));
    }

    private static List<Row> flips(String page) {
        int start = page.indexOf("<section class=\"flips\">");
        return rows(page.substring(start, page.indexOf("</section>", start)));
    }

    @Test
    void everyTableOfThePageIsSortedByAClick() throws IOException {
        String page = written(small(), "html");
        assertThat(page.split("<table", -1)).hasSize(1 + 3); // scores, flips, items
        assertThat(page.split("<table class=\"sortable\"", -1)).hasSize(1 + 3);
    }

    @Test
    void cellsSortByTheirValuesZeroIncluded() throws IOException {
        EvaluationReport even = report(result("lora", 4, i -> false, "no"), result("base", 4, i -> false, "no"));
        String page = written(even, "html");
        assertThat(page).contains("<td data-sort=\"0.0\">0.0 (0.0..10.0)</td>"); // a score of nothing
        assertThat(page).contains("<td data-sort=\"0.0\">+0.0 ("); // no difference
        assertThat(page).contains("<td data-sort=\"1.0\">1.0000</td>"); // its p
        assertThat(page).contains("<td>–</td>"); // the first has no difference, which is not 0
        // items 4 to 6 are won, 0 is lost: a difference of 2 / 8
        String uneven = written(
                report(result("lora", 8, i -> i > 0, "no"), result("base", 8, i -> i < 4 || i > 6, "no")), "html");
        assertThat(uneven).contains("<td data-sort=\"0.25\">+25.0 (");
    }

    @Test
    void wrongAnswersOfTheFirstSystemStandOnTopAndFlipsAmongThemFirst() throws IOException {
        assertThat(items(written(small(), "html")))
                .containsExactly(
                        new Row(0, "bad flip"), // wrong where the other is right
                        new Row(1, "bad"),
                        new Row(2, "flip"),
                        new Row(3, ""),
                        new Row(4, ""),
                        new Row(5, ""),
                        new Row(6, ""),
                        new Row(7, ""));
    }

    @Test
    void flipsAreListedMarkedAndCanBeFiltered() throws IOException {
        String page = written(small(), "html");
        assertThat(flips(page)).extracting(Row::item).containsExactly(0, 2);
        assertThat(page)
                .contains("lora beside base: better on 1 items, worse on 1")
                .contains("<input id=\"flips\" type=\"checkbox\">")
                .contains(">worse than base</td>")
                .contains(">better than base</td>");
        TaskResult alone = result("lora", 8, i -> i >= 2, "no");
        String single = written(
                new EvaluationReport("now", List.of(system(alone, "")), List.of(), Map.of("Seed", "1")), "html");
        assertThat(single).doesNotContain("id=\"flips\"").doesNotContain("class=\"flips\"");
    }

    @Test
    void scoresHaveTheirIntervals() throws IOException {
        assertThat(written(small(), "html")).contains(">75.0 (65.0..85.0)<");
        assertThat(written(small(), "md")).contains("| 75.0 (65.0..85.0) |");
    }

    @Test
    void answersAreTextAndNothingElse() throws IOException {
        String page = written(small(), "html");
        assertThat(page).doesNotContain("alert('").contains("&lt;script&gt;alert(&#39;|&#39;)&lt;/script&gt;");
        assertThat(page.split("<script", -1)).hasSize(1 + 1); // the page's own
        String table = written(small(), "md");
        assertThat(table).doesNotContain("<script").contains("&lt;script>alert('\\|')&lt;/script>");
    }

    @Test
    void aPageThatCannotHoldAllSaysSoAndKeepsFlipsAndWrongAnswers() throws IOException {
        // 0 to 299 right in both, 300 to 1494 wrong in both, 1495 to 1499 right in the first alone
        String page = written(
                report(result("lora", 1500, i -> i < 300 || i >= 1495, "no"), result("base", 1500, i -> i < 300, "no")),
                "html");
        assertThat(page).contains("1,000 of 1,500 items are shown");
        List<Row> items = items(page);
        assertThat(items).hasSize(ItemTable.MAX_ITEMS);
        assertThat(items.stream().filter(row -> row.classes().equals("flip")))
                .extracting(Row::item)
                .containsExactly(1495, 1496, 1497, 1498, 1499);
        assertThat(items.stream().filter(row -> row.classes().equals("bad"))).hasSize(995);
        assertThat(flips(page)).hasSize(5);
    }

    @Test
    void flipsAndDigestsAreInTheData() throws IOException {
        JsonNode data = Json.strict().readTree(written(small(), "json"));
        JsonNode flips = data.at("/comparisons/0/flips");
        assertThat(flips).hasSize(2);
        assertThat(flips.at("/0/item").intValue()).isZero();
        assertThat(flips.at("/0/first").asString()).isEqualTo(ATTACK);
        assertThat(flips.at("/0/second").asString()).isEqualTo("yes");
        assertThat(flips.at("/0/better").asString()).isEqualTo("second");
        assertThat(flips.at("/1/item").intValue()).isEqualTo(2);
        assertThat(flips.at("/1/better").asString()).isEqualTo("first");
        assertThat(data.at("/systems/0/applied/customization").asString()).isEqualTo("lora-digest");
        assertThat(data.at("/systems/0/applied/prompt").asString()).isEqualTo("prompt-of-lora");
        assertThat(data.at("/systems/1/applied").has("customization")).isFalse();
        assertThat(data.at("/systems/1/applied/prompt").asString()).isEqualTo("prompt-of-base");
        for (String ending : List.of("html", "md"))
            assertThat(written(small(), ending)).contains("lora-digest", "prompt-of-lora", "prompt-of-base");
    }

    @Test
    void theTableListsEveryFlip() throws IOException {
        assertThat(written(small(), "md").lines())
                .contains("## lora beside base: better on 1 items, worse on 1")
                .contains("| 2 | lora | question 2 | yes | yes | no |")
                .anyMatch(line -> line.startsWith("| 0 | base | question 0 | yes | &lt;script>"));
    }

    @Test
    void amountsAreNotCalledPerCentAndAMissingIntervalIsShown() throws IOException {
        var bits = new Score("bits_per_byte", "raw", "test", 1, 0.95, Interval.UNBOUNDED, Score.Scale.PLAIN);
        var alone = new TaskResult("book v1", "base", "test", List.of(bits), List.of(), Optional.empty(), 1, 0, 0);
        var report = new EvaluationReport("now", List.of(system(alone, "")), List.of(), Map.of("Seed", "1"));
        for (String ending : List.of("html", "md"))
            assertThat(written(report, ending)).contains("0.950 (-)").doesNotContain("per cent");
        assertThat(Json.strict()
                        .readTree(written(report, "json"))
                        .at("/results/0/scores/0")
                        .has("interval"))
                .isFalse();
    }

    @Test
    void scoresOfSystemsThatAreAskedInDifferentWaysStandUnderTheirOwnNames() throws IOException {
        var strict = new Score("exact_match", "number,strict", "test", 4, 0.5, new Interval(0.4, 0.6));
        var plain = new Score("exact_match", "number", "test", 4, 0.25, new Interval(0.2, 0.3));
        TaskResult one = result("reasons", 4, i -> i < 2, "no");
        TaskResult two = result("base", 4, i -> i < 1, "no");
        EvaluationReport report = report(
                new TaskResult(one.task(), one.system(), "test", List.of(strict), one.items(), one.ofAll(), 1, 0, 0),
                new TaskResult(two.task(), two.system(), "test", List.of(plain), two.items(), two.ofAll(), 1, 0, 0));
        assertThat(written(report, "md").lines())
                .anyMatch(line -> line.startsWith("| reasons | 50.0 (40.0..60.0) | – |"))
                .anyMatch(line -> line.startsWith("| base | – | 25.0 (20.0..30.0) |"));
    }
}
