package dev.savile.evaluate.report;

import dev.savile.common.Units;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.task.RequestTimes;
import dev.savile.evaluate.task.TaskResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// An evaluation as Markdown: a row for each system, a column for each metric, intervals in every cell; what each
/// system was; and every item on which two of them differ.
final class EvaluationTable {
    private final EvaluationReport report;
    private final StringBuilder out = new StringBuilder();

    private EvaluationTable(EvaluationReport report) {
        this.report = report;
    }

    static String of(EvaluationReport report) {
        var table = new EvaluationTable(report);
        table.scores();
        table.verdicts();
        table.systems();
        for (int i = 0; i < report.comparisons().size(); i++) table.flips(i);
        report.judged().ifPresent(table::judged);
        return table.out.toString();
    }

    private void scores() {
        List<String> names = report.scoreNames();
        out.append("# ").append(cell(report.first().task())).append("\n\n| system |");
        for (String name : names) out.append(' ').append(cell(name)).append(" |");
        out.append(" rows | tokens read / written | unreadable | seconds | a request, ms (p50 / p95) | memory |\n|---|")
                .append("---|".repeat(names.size() + 6))
                .append('\n');
        for (ReportedSystem system : report.systems()) {
            TaskResult result = system.result();
            Map<String, String> shown = result.scores().stream().collect(Collectors.toMap(Score::name, Score::shown));
            out.append("| ").append(cell(result.system())).append(" |");
            for (String name : names)
                out.append(' ').append(shown.getOrDefault(name, "–")).append(" |");
            out.append(String.format(
                    Locale.ROOT,
                    " %d | %.0f / %.1f | %d | %.1f | %s | %s |\n",
                    result.items().size(),
                    result.meanPromptTokens(),
                    result.meanWrittenTokens(),
                    result.unparsed(),
                    result.seconds(),
                    system.requests().map(EvaluationTable::milliseconds).orElse("–"),
                    result.peakBytes() > 0 ? Units.bytes(result.peakBytes()) : "–"));
        }
    }

    private static String milliseconds(RequestTimes times) {
        return String.format(Locale.ROOT, "%.0f / %.0f", 1000 * times.p50(), 1000 * times.p95());
    }

    private void verdicts() {
        for (String sentence : report.sentences())
            out.append('\n').append(cell(sentence)).append(".\n");
        if (!report.holm().isEmpty()) out.append('\n').append(report.holm()).append('\n');
        for (TaskResult result : report.results())
            for (String warning : result.warnings())
                out.append('\n').append(cell(result.system() + ": " + warning)).append(".\n");
        out.append('\n').append(report.legend()).append('\n');
    }

    private void systems() {
        out.append("\n| system | asked with | base | customization | prompt |\n|---|---|---|---|---|\n");
        for (ReportedSystem system : report.systems()) {
            Applied applied = system.applied();
            row(
                    system.name(),
                    applied.asked(),
                    applied.base(),
                    applied.customization().isEmpty() ? "none" : applied.customization(),
                    applied.prompt());
        }
        out.append('\n');
        new TreeMap<>(report.reproduction()).forEach((name, value) -> out.append("- ")
                .append(cell(name))
                .append(": ")
                .append(cell(value))
                .append('\n'));
    }

    private void flips(int comparison) {
        String first = report.first().system();
        String second = report.other(comparison).system();
        List<Flip> flips = report.flips(comparison);
        out.append("\n## ")
                .append(cell(first + " beside " + second))
                .append(": better on ")
                .append(Flip.count(flips, true))
                .append(" items, worse on ")
                .append(Flip.count(flips, false))
                .append('\n');
        if (flips.isEmpty()) return;
        out.append('\n');
        row("item", "better", "asked", "wanted", first, second);
        out.append("|---|---|---|---|---|---|\n");
        for (Flip flip : flips)
            row(
                    Integer.toString(flip.item()),
                    flip.firstBetter() ? first : second,
                    flip.asked(),
                    flip.wanted(),
                    flip.first(),
                    flip.second());
    }

    private void judged(Judged judged) {
        out.append("\n## ").append(cell(judged.sentence())).append("\n\n");
        judged.facts().forEach((name, value) -> out.append("- ")
                .append(cell(name))
                .append(": ")
                .append(cell(value))
                .append('\n'));
        for (String warning : judged.warnings())
            out.append("- ").append(cell(warning)).append('\n');
        out.append('\n');
        row("item", "better", "the order changed it");
        out.append("|---|---|---|\n");
        for (Judged.Verdict verdict : judged.verdicts())
            row(verdict.item(), verdict.better(), verdict.orderMatters() ? "yes" : "");
    }

    private void row(String... cells) {
        out.append('|');
        for (String text : cells) out.append(' ').append(cell(text)).append(" |");
        out.append('\n');
    }

    /// One line that is text and nothing else: no cell, mark, link or element of HTML begins in it.
    private static String cell(String text) {
        return text.strip()
                .replaceAll("\\s+", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replaceAll("([\\\\`*\\[\\]|])", "\\\\$1");
    }
}
