package dev.savile.evaluate.report;

import dev.savile.common.Html;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.PairedEvidence;
import dev.savile.evaluate.task.RequestTimes;
import dev.savile.evaluate.task.TaskResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// An evaluation as one page: verdicts in words, scores with intervals, what each system was, the items on which two of
/// them differ, and every item with all answers side by side ([ItemTable]).
final class EvaluationPage {
    private static final int QUESTION_SHOWN = 300;

    private final EvaluationReport report;
    private final StringBuilder out = new StringBuilder();
    private final Cells cells = new Cells(out);

    private EvaluationPage(EvaluationReport report) {
        this.report = report;
    }

    static String of(EvaluationReport report) {
        var page = new EvaluationPage(report);
        page.head();
        page.scores();
        page.systems();
        for (int i = 0; i < report.comparisons().size(); i++) page.flips(i);
        report.judged().ifPresent(page::judged);
        if (!report.first().items().isEmpty()) page.out.append(ItemTable.of(report));
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
        List<String> sentences = report.sentences();
        out.append("<h1>")
                .append(Html.escaped(
                        sentences.isEmpty()
                                ? first.system() + ": " + first.primary().name() + " "
                                        + first.primary().shown()
                                : sentences.getFirst()))
                .append("</h1>");
        for (String sentence : sentences.stream().skip(1).toList())
            out.append("<p>").append(Html.escaped(sentence)).append("</p>");
        for (TaskResult result : report.results())
            for (String warning : result.warnings()) hint(result.system() + ": " + warning);
        out.append("</header>");
    }

    private void scores() {
        List<String> names = report.scoreNames();
        List<String> columns = new ArrayList<>(List.of("System"));
        columns.addAll(names);
        columns.addAll(
                List.of("Difference of the first", "p", "Tokens read", "Tokens written", "Unreadable", "Seconds"));
        boolean timed =
                report.systems().stream().anyMatch(system -> system.requests().isPresent());
        if (timed) columns.addAll(List.of("A request, ms (p50)", "A request, ms (p95)"));
        columns.add("Memory, MB");
        out.append("<section><h2>Scores</h2>");
        cells.head("", columns);
        for (int i = 0; i < report.systems().size(); i++) {
            ReportedSystem system = report.systems().get(i);
            TaskResult result = system.result();
            out.append("<tr>");
            cells.name(result.system());
            for (String name : names) score(result, name);
            Optional<PairedEvidence> evidence = report.comparison(i).map(Comparison::evidence);
            evidence.ifPresentOrElse(found -> cells.number(difference(found), found.difference()), cells::noNumber);
            evidence.ifPresentOrElse(
                    found -> cells.number(String.format(Locale.ROOT, "%.4f", found.p()), found.p()), cells::noNumber);
            cells.number(String.format(Locale.ROOT, "%.0f", result.meanPromptTokens()), result.meanPromptTokens());
            cells.number(String.format(Locale.ROOT, "%.1f", result.meanWrittenTokens()), result.meanWrittenTokens());
            cells.number(Long.toString(result.unparsed()), (double) result.unparsed());
            cells.number(String.format(Locale.ROOT, "%.1f", result.seconds()), result.seconds());
            if (timed) {
                milliseconds(system.requests().map(RequestTimes::p50));
                milliseconds(system.requests().map(RequestTimes::p95));
            }
            if (result.peakBytes() == 0) cells.noNumber();
            else
                cells.number(String.format(Locale.ROOT, "%.0f", result.peakBytes() / 1e6), (double) result.peakBytes());
            out.append("</tr>");
        }
        cells.foot();
        hint(report.legend() + " n = " + report.first().primary().n() + ". " + report.holm());
        out.append("</section>");
    }

    private void milliseconds(Optional<Double> seconds) {
        seconds.ifPresentOrElse(
                found -> cells.number(String.format(Locale.ROOT, "%.0f", 1000 * found), found), cells::noNumber);
    }

    private void score(TaskResult result, String name) {
        Optional<Score> score =
                result.scores().stream().filter(one -> one.name().equals(name)).findFirst();
        score.ifPresentOrElse(found -> cells.number(found.shown(), found.value()), cells::noNumber);
    }

    private static String difference(PairedEvidence found) {
        return String.format(
                Locale.ROOT,
                "%+.1f (%+.1f..%+.1f)",
                100 * found.difference(),
                100 * found.interval().low(),
                100 * found.interval().high());
    }

    private void systems() {
        out.append("<section><h2>What answered</h2>");
        for (ReportedSystem system : report.systems()) {
            Applied applied = system.applied();
            out.append("<h3>").append(Html.escaped(system.name())).append("</h3><dl class=\"facts wide\">");
            fact("Asked with", applied.asked());
            fact("Base digest", applied.base());
            fact("Customization digest", applied.customization().isEmpty() ? "none" : applied.customization());
            fact("Prompt digest", applied.prompt());
            out.append("</dl>");
        }
        out.append("</section>");
    }

    private void flips(int comparison) {
        String first = report.first().system();
        String second = report.other(comparison).system();
        List<Flip> flips = report.flips(comparison);
        out.append("<section class=\"flips\"><h2>")
                .append(Html.escaped(first + " beside " + second))
                .append(": better on ")
                .append(Flip.count(flips, true))
                .append(" items, worse on ")
                .append(Flip.count(flips, false))
                .append("</h2>");
        if (!flips.isEmpty()) {
            cells.head("", List.of("Item", "Better", "Asked", "Wanted", first, second));
            for (Flip flip : flips) {
                out.append("<tr>");
                cells.number(Integer.toString(flip.item()), flip.item());
                cells.text(flip.firstBetter() ? first : second);
                cells.text(shortened(flip.asked()));
                cells.text(flip.wanted());
                cells.text(flip.first());
                cells.text(flip.second());
                out.append("</tr>");
            }
            cells.foot();
        }
        out.append("</section>");
    }

    private void judged(Judged judged) {
        out.append("<section><h2>").append(Html.escaped(judged.sentence())).append("</h2><dl class=\"facts wide\">");
        judged.facts().forEach(this::fact);
        out.append("</dl>");
        judged.warnings().forEach(this::hint);
        cells.head("", List.of("Item", "Better", "The order changed it"));
        for (Judged.Verdict verdict : judged.verdicts()) {
            out.append("<tr>");
            cells.text(verdict.item());
            cells.text(verdict.better());
            cells.text(verdict.orderMatters() ? "yes" : "");
            out.append("</tr>");
        }
        cells.foot();
        out.append("</section>");
    }

    /// All of it stands in the table of items and in the report as .json.
    private static String shortened(String question) {
        if (question.codePointCount(0, question.length()) <= QUESTION_SHOWN) return question;
        return question.substring(0, question.offsetByCodePoints(0, QUESTION_SHOWN)) + "…";
    }

    private void closing() {
        out.append("<section><h2>To reproduce</h2><dl class=\"facts wide\">");
        for (Map.Entry<String, String> entry : new TreeMap<>(report.reproduction()).entrySet())
            fact(entry.getKey(), entry.getValue());
        out.append("</dl></section>");
    }

    private void fact(String name, String value) {
        out.append("<div><dt>")
                .append(Html.escaped(name))
                .append("</dt><dd>")
                .append(Html.escaped(value))
                .append("</dd></div>");
    }

    private void hint(String text) {
        out.append("<p class=\"hint\">").append(Html.escaped(text)).append("</p>");
    }
}
