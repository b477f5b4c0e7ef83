package dev.savile.select.report;

import dev.savile.common.DurableFiles;
import dev.savile.common.Html;
import dev.savile.common.Units;
import dev.savile.evaluate.metrics.Score;
import dev.savile.select.report.StudyReport.ArmReport;
import dev.savile.select.report.StudyReport.Item;
import dev.savile.select.report.StudyReport.Matrix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Write a race's report as one file.
public final class HtmlReport {
    private static final int MAX_ITEMS = 600;

    private HtmlReport() {}

    public static void write(StudyReport report, Path file) {
        DurableFiles.write(file, page(report));
    }

    static String page(StudyReport report) {
        var out = new StringBuilder();
        verdict(out, report);
        out.append("<section><h2>Accuracy against cost</h2>")
                .append(Plot.accuracyAgainstCost(report))
                .append(
                        "<p class=\"hint\">Bars are 95 % intervals on SELECT. The line joins arms that no other beats in both accuracy and cost.</p></section>");
        arms(out, report);
        data(out, report);
        rates(out, report);
        if (report.confusion() != null) confusion(out, report.confusion(), report.chosen());
        items(out, report);
        closing(out, report);
        return Html.page(report.title(), out.toString());
    }

    private static void verdict(StringBuilder out, StudyReport report) {
        out.append("<header><p class=\"kicker\">Savile · ")
                .append(Html.escaped(report.title()))
                .append(" · ")
                .append(Html.escaped(report.created()))
                .append("</p><h1>")
                .append(Html.escaped(report.sentence()))
                .append("</h1><p class=\"chips\">");
        for (String status : report.statuses())
            out.append("<span class=\"chip\">").append(Html.escaped(status)).append("</span> ");
        out.append("</p><dl class=\"facts\">");
        ArmReport chosen = report.arms().stream()
                .filter(a -> a.id().equals(report.chosen()))
                .findFirst()
                .orElse(null);
        Score test = chosen == null ? null : chosen.accuracy(true);
        fact(out, "Accuracy on TEST", test == null ? "not measured" : test.percent());
        ArmReport baseline = report.arms().stream()
                .filter(a -> a.baseline() && !a.id().equals(report.chosen()) && a.accuracy(true) != null)
                .max(java.util.Comparator.comparingDouble(a -> valueOf(a.accuracy(true))))
                .orElse(null);
        if (baseline != null)
            fact(out, "Best baseline on TEST", baseline.id() + " " + TerminalTable.shown(baseline.accuracy(true)));
        fact(out, "Time", Units.seconds(report.spentSeconds()) + " of " + Units.seconds(report.budgetSeconds()));
        fact(out, "Model", report.model());
        fact(out, "Saved as", report.customization());
        out.append("</dl></header>");
    }

    private static double valueOf(@org.jspecify.annotations.Nullable Score score) {
        return score == null ? -1 : score.value();
    }

    private static void fact(StringBuilder out, String name, String value) {
        out.append("<div><dt>")
                .append(Html.escaped(name))
                .append("</dt><dd>")
                .append(Html.escaped(value))
                .append("</dd></div>");
    }

    private static void arms(StringBuilder out, StudyReport report) {
        out.append("<section><h2>All arms</h2><div class=\"scroll\"><table class=\"sortable\"><thead><tr>");
        for (String head : List.of(
                "Arm",
                "SELECT accuracy",
                "SELECT macro F1",
                "Difference to best",
                "Verdict",
                "TEST accuracy",
                "TEST macro F1",
                "Tokens a request",
                "Tokens for 1,000",
                "Seconds for 1,000",
                "Training",
                "Artifact",
                "Peak memory",
                "Status")) out.append("<th scope=\"col\">").append(head).append("</th>");
        out.append("</tr></thead><tbody>");
        for (ArmReport arm : TerminalTable.sorted(report.arms())) {
            boolean chosen = arm.id().equals(report.chosen());
            out.append(chosen ? "<tr class=\"chosen\">" : "<tr>");
            out.append("<th scope=\"row\">")
                    .append(chosen ? "✓ " : "")
                    .append(Html.escaped(arm.id()))
                    .append("<small>")
                    .append(Html.escaped(arm.description()))
                    .append("</small></th>");
            cell(out, TerminalTable.shown(arm.accuracy(false)), valueOf(arm.accuracy(false)));
            cell(out, TerminalTable.shown(metric(arm.select(), "macro_f1")), valueOf(metric(arm.select(), "macro_f1")));
            text(out, arm.difference());
            text(out, arm.verdict());
            cell(out, TerminalTable.shown(arm.accuracy(true)), valueOf(arm.accuracy(true)));
            cell(out, TerminalTable.shown(metric(arm.test(), "macro_f1")), valueOf(metric(arm.test(), "macro_f1")));
            number(out, arm.promptTokens(), "%.0f");
            number(out, 1000 * arm.promptTokens(), "%,.0f");
            number(out, arm.secondsPerThousand(), "%.0f");
            cell(out, arm.trainSeconds() > 0 ? Units.seconds(arm.trainSeconds()) : "–", arm.trainSeconds());
            cell(out, arm.artifactBytes() > 0 ? Units.bytes(arm.artifactBytes()) : "–", (double) arm.artifactBytes());
            cell(out, arm.peakBytes() > 0 ? Units.bytes(arm.peakBytes()) : "–", (double) arm.peakBytes());
            text(out, arm.status() + (arm.reason().isEmpty() ? "" : ": " + arm.reason()));
            out.append("</tr>");
        }
        out.append(
                "</tbody></table></div><p class=\"hint\">SELECT was used to choose, so the best SELECT figure flatters its arm; the quality of the choice is its TEST figure, "
                        + "measured once after the choice was frozen. “Tied” means the data cannot separate two arms, not that they are equal.</p></section>");
    }

    private static @org.jspecify.annotations.Nullable Score metric(List<Score> scores, String name) {
        return scores.stream()
                .filter(score -> score.metric().equals(name))
                .findFirst()
                .orElse(null);
    }

    /// A cell that sorts by its words.
    private static void text(StringBuilder out, String text) {
        out.append("<td>").append(Html.escaped(text)).append("</td>");
    }

    private static void cell(StringBuilder out, String text, double sort) {
        out.append(String.format(Locale.ROOT, "<td data-sort=\"%.6f\">", sort))
                .append(Html.escaped(text))
                .append("</td>");
    }

    private static void number(StringBuilder out, double value, String format) {
        cell(out, value > 0 ? String.format(Locale.ROOT, format, value) : "–", value);
    }

    private static void data(StringBuilder out, StudyReport report) {
        out.append("<section><h2>The data</h2><dl class=\"facts\">");
        fact(out, "Source", report.source());
        fact(out, "Rows read", Integer.toString(report.profile().rows()));
        fact(out, "Exact repeats left out", Integer.toString(report.profile().repeats()));
        fact(out, "Contradictions left out", Integer.toString(report.profile().conflicts()));
        fact(out, "Groups of near-duplicates", report.profile().nearDuplicates() + ", kept on one side");
        report.split().forEach((name, rows) -> fact(out, name, rows + " rows"));
        report.profile()
                .characters()
                .forEach((name, length) -> fact(out, "Text length, " + name, length + " characters"));
        out.append("</dl><details><summary>Rows of each label</summary><ul class=\"columns\">");
        report.profile().labels().forEach((label, rows) -> out.append("<li>")
                .append(Html.escaped(label))
                .append(" <b>")
                .append(rows)
                .append("</b></li>"));
        out.append("</ul></details>");
        list(out, report.profile().warnings());
        out.append("</section>");
    }

    private static void list(StringBuilder out, List<String> lines) {
        if (lines.isEmpty()) return;
        out.append("<ul>");
        for (String line : lines) out.append("<li>").append(Html.escaped(line)).append("</li>");
        out.append("</ul>");
    }

    private static void rates(StringBuilder out, StudyReport report) {
        out.append(
                "<section><h2>Screening and learning rates</h2><div class=\"scroll\"><table><thead><tr><th>Arm</th><th>Rows of TRAIN</th><th>SELECT items</th><th>Accuracy</th><th>Loss by learning rate</th></tr></thead><tbody>");
        for (ArmReport arm : report.arms())
            for (var rung : arm.rungs()) {
                List<String> rates = new ArrayList<>();
                for (var rate : arm.rates())
                    if (rate.rows() == rung.rows())
                        rates.add(String.format(Locale.ROOT, "%.1e: %.3f", rate.rate(), rate.loss()));
                out.append("<tr><th scope=\"row\">")
                        .append(Html.escaped(arm.id()))
                        .append("</th><td>")
                        .append(rung.rows())
                        .append("</td><td>")
                        .append(rung.items())
                        .append("</td><td>")
                        .append(String.format(Locale.ROOT, "%.1f %%", 100 * rung.accuracy()))
                        .append("</td><td>")
                        .append(Html.escaped(String.join(" · ", rates)))
                        .append("</td></tr>");
            }
        out.append(
                "</tbody></table></div><p class=\"hint\">Screening figures are for choosing only. Learning rates are chosen by the loss on rows held back from TRAIN.</p></section>");
    }

    private static void confusion(StringBuilder out, Matrix matrix, String arm) {
        int largest = 1;
        for (int[] row : matrix.counts()) for (int count : row) largest = Math.max(largest, count);
        out.append("<section><h2>Where ")
                .append(Html.escaped(arm))
                .append(" goes wrong (")
                .append(matrix.split())
                .append(")</h2><div class=\"scroll\"><table class=\"matrix\"><thead><tr><th>gold \\ predicted</th>");
        for (String label : matrix.labels())
            out.append("<th scope=\"col\">").append(Html.escaped(label)).append("</th>");
        out.append("</tr></thead><tbody>");
        for (int i = 0; i < matrix.labels().size(); i++) {
            out.append("<tr><th scope=\"row\">")
                    .append(Html.escaped(matrix.labels().get(i)))
                    .append("</th>");
            for (int k = 0; k < matrix.labels().size(); k++) {
                int count = matrix.counts()[i][k];
                out.append(String.format(
                        Locale.ROOT,
                        "<td class=\"%s\" style=\"--share:%.2f\">%s</td>",
                        i == k ? "right" : "wrong",
                        (double) count / largest,
                        count == 0 ? "" : Integer.toString(count)));
            }
            out.append("</tr>");
        }
        out.append("</tbody></table></div></section>");
    }

    private static void items(StringBuilder out, StudyReport report) {
        List<Item> items = new ArrayList<>(report.items());
        items.sort(java.util.Comparator.comparing(
                        (Item item) -> item.gold().equals(item.answers().get(report.chosen())))
                .thenComparing(Item::split)
                .thenComparingInt(Item::id));
        boolean cut = items.size() > MAX_ITEMS;
        if (cut) items = items.subList(0, MAX_ITEMS);
        List<String> arms = report.arms().stream()
                .filter(a -> a.status().equals("final"))
                .map(ArmReport::id)
                .toList();
        out.append(
                "<section><h2>Item by item</h2><p><label>Filter <input id=\"filter\" type=\"search\" placeholder=\"text, label or arm\"></label> "
                        + "<label><input id=\"wrong\" type=\"checkbox\"> only where the chosen arm is wrong</label></p><div class=\"scroll\"><table id=\"items\"><thead><tr><th>Split</th><th>Text</th><th>Gold</th>");
        for (String arm : arms) out.append("<th>").append(Html.escaped(arm)).append("</th>");
        out.append("</tr></thead><tbody>");
        for (Item item : items) {
            boolean wrong = !item.gold().equals(item.answers().get(report.chosen()));
            out.append(wrong ? "<tr class=\"bad\">" : "<tr>")
                    .append("<td>")
                    .append(item.split())
                    .append("</td><td class=\"text\" dir=\"auto\">")
                    .append(Html.escaped(item.text()))
                    .append("</td><td>")
                    .append(Html.escaped(item.gold()))
                    .append("</td>");
            for (String arm : arms) {
                String answer = item.answers().get(arm);
                if (answer == null) out.append("<td>–</td>");
                else
                    out.append(
                            answer.equals(item.gold())
                                    ? "<td class=\"yes\">✓</td>"
                                    : "<td class=\"no\">✗ " + Html.escaped(answer) + "</td>");
            }
            out.append("</tr>");
        }
        out.append("</tbody></table></div>");
        if (cut)
            out.append("<p class=\"hint\">The first ")
                    .append(MAX_ITEMS)
                    .append(" items, wrong ones first; all are in study.json.</p>");
        out.append("</section>");
    }

    private static void closing(StringBuilder out, StudyReport report) {
        out.append("<section><h2>Notes</h2>");
        list(out, report.notes());
        out.append("<h3>What this version leaves out</h3>");
        list(out, report.leftOut());
        out.append("<h3>To reproduce</h3><dl class=\"facts wide\">");
        for (Map.Entry<String, String> entry : report.reproduction().entrySet())
            fact(out, entry.getKey(), entry.getValue());
        out.append("</dl></section>");
    }
}
