package dev.savile.evaluate.report;

import dev.savile.common.Html;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// An evaluation as one page: verdicts in words, scores with intervals, every item with all systems' answers side by
/// side, those that the first got wrong at the top, and behind each item its prompt as it was sent.
final class EvaluationPage {
    private static final int MAX_ITEMS = 1_000;

    private final EvaluationReport report;
    private final StringBuilder out = new StringBuilder();

    private EvaluationPage(EvaluationReport report) {
        this.report = report;
    }

    static String of(EvaluationReport report) {
        var page = new EvaluationPage(report);
        page.head();
        page.scores();
        page.items();
        page.closing();
        return Html.page(report.first().task(), page.out.toString());
    }

    private void head() {
        TaskResult first = report.first();
        out.append("<header><p class=\"kicker\">Savile · ")
                .append(Html.escaped(first.task()))
                .append(" · ")
                .append(Html.escaped(report.created()))
                .append("</p>");
        List<String> sentences = report.results().stream()
                .flatMap(other ->
                        report.comparison(other).stream().map(found -> found.sentence(first.system(), other.system())))
                .toList();
        out.append("<h1>")
                .append(Html.escaped(
                        sentences.isEmpty()
                                ? first.system() + ": " + first.primary().name() + " "
                                        + EvaluationReport.shown(first.primary())
                                : sentences.getFirst()))
                .append("</h1>");
        for (String sentence : sentences.stream().skip(1).toList())
            out.append("<p>").append(Html.escaped(sentence)).append("</p>");
        for (TaskResult result : report.results())
            for (String warning : result.warnings())
                out.append("<p class=\"hint\">")
                        .append(Html.escaped(result.system() + ": " + warning))
                        .append("</p>");
        out.append("</header>");
    }

    private void scores() {
        out.append("<section><h2>Scores</h2><div class=\"scroll\"><table class=\"sortable\"><thead><tr>")
                .append("<th scope=\"col\">System</th>");
        for (Score score : report.first().scores()) heading(score.name());
        for (String name :
                List.of("Difference of the first", "p", "Tokens read", "Tokens written", "Unreadable", "Seconds"))
            heading(name);
        out.append("</tr></thead><tbody>");
        for (TaskResult result : report.results()) {
            out.append("<tr><th scope=\"row\">")
                    .append(Html.escaped(result.system()))
                    .append("</th>");
            for (Score score : result.scores()) cell(EvaluationReport.shown(score), score.value());
            String difference = report.comparison(result)
                    .map(Comparison::evidence)
                    .map(found -> String.format(
                            Locale.ROOT,
                            "%+.1f (%+.1f..%+.1f)",
                            100 * found.difference(),
                            100 * found.interval().low(),
                            100 * found.interval().high()))
                    .orElse("–");
            cell(difference, 0);
            cell(
                    report.comparison(result)
                            .map(found -> String.format(
                                    Locale.ROOT, "%.4f", found.evidence().p()))
                            .orElse("–"),
                    0);
            cell(String.format(Locale.ROOT, "%.0f", result.meanPromptTokens()), result.meanPromptTokens());
            cell(String.format(Locale.ROOT, "%.1f", result.meanWrittenTokens()), result.meanWrittenTokens());
            cell(Long.toString(result.unparsed()), (double) result.unparsed());
            cell(String.format(Locale.ROOT, "%.1f", result.seconds()), result.seconds());
            out.append("</tr>");
        }
        out.append("</tbody></table></div><p class=\"hint\">Per cent with 95 % intervals; n = ")
                .append(report.first().primary().n())
                .append(". ")
                .append(Html.escaped(report.holm()))
                .append("</p></section>");
    }

    private void heading(String name) {
        out.append("<th scope=\"col\">").append(Html.escaped(name)).append("</th>");
    }

    private void cell(String text, double sort) {
        out.append("<td data-sort=\"")
                .append(sort)
                .append("\">")
                .append(Html.escaped(text))
                .append("</td>");
    }

    private void items() {
        List<ItemResult> own = report.first().items();
        if (own.isEmpty()) return;
        List<Integer> order = IntStream.range(0, own.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> own.get(i).credit()))
                .limit(MAX_ITEMS)
                .toList();
        out.append(
                        "<section><h2>Item by item</h2><p><label>Filter <input id=\"filter\" type=\"search\" placeholder=\"text or answer\"></label> ")
                .append(
                        "<label><input id=\"wrong\" type=\"checkbox\"> only where the first system is wrong</label></p>")
                .append(
                        "<div class=\"scroll\"><table id=\"items\"><thead><tr><th>Item</th><th>Asked</th><th>Wanted</th>");
        for (TaskResult result : report.results()) heading(result.system());
        out.append("</tr></thead><tbody>");
        for (int i : order) {
            ItemResult item = own.get(i);
            out.append(item.right() ? "<tr>" : "<tr class=\"bad\">")
                    .append("<td>")
                    .append(item.id())
                    .append("</td><td class=\"text\" dir=\"auto\">");
            asked(i);
            out.append("</td><td class=\"text\" dir=\"auto\">")
                    .append(Html.escaped(item.references().getFirst()))
                    .append("</td>");
            for (TaskResult result : report.results()) answer(result.items().get(i));
            out.append("</tr>");
        }
        out.append("</tbody></table></div>");
        if (order.size() < own.size())
            out.append("<p class=\"hint\">The first ")
                    .append(MAX_ITEMS)
                    .append(" items, wrong ones first; a report as .csv or .json has all.</p>");
        out.append("</section>");
    }

    /// The question, and behind it what each system was sent and what it wrote.
    private void asked(int item) {
        out.append("<details><summary>")
                .append(Html.escaped(report.first().items().get(item).input()))
                .append("</summary>");
        for (TaskResult result : report.results()) {
            ItemResult one = result.items().get(item);
            out.append("<h3>")
                    .append(Html.escaped(result.system()))
                    .append("</h3><p class=\"hint\">")
                    .append(one.promptTokens())
                    .append(" tokens; examples: ")
                    .append(one.demosKept())
                    .append(" of ")
                    .append(one.demosRequested())
                    .append("</p><pre>")
                    .append(Html.escaped(one.prompt()))
                    .append("</pre>");
            if (!one.output().equals(one.answer()))
                out.append("<p class=\"hint\">written</p><pre>")
                        .append(Html.escaped(one.output()))
                        .append("</pre>");
        }
        out.append("</details>");
    }

    private void answer(ItemResult item) {
        String said = item.unparsed().isEmpty() ? item.answer() : "(" + item.unparsed() + ")";
        String sign =
                item.right() ? "✓ " : item.credit() > 0 ? String.format(Locale.ROOT, "%.2f ", item.credit()) : "✗ ";
        out.append(item.right() ? "<td class=\"text yes\" dir=\"auto\">" : "<td class=\"text no\" dir=\"auto\">")
                .append(Html.escaped(sign + said))
                .append("</td>");
    }

    private void closing() {
        out.append("<section><h2>To reproduce</h2><dl class=\"facts wide\">");
        for (Map.Entry<String, String> entry : new TreeMap<>(report.reproduction()).entrySet())
            out.append("<div><dt>")
                    .append(Html.escaped(entry.getKey()))
                    .append("</dt><dd>")
                    .append(Html.escaped(entry.getValue()))
                    .append("</dd></div>");
        out.append("</dl></section>");
    }
}
