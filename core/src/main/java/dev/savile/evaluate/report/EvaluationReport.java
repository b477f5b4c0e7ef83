package dev.savile.evaluate.report;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What several systems reached on the same items of a task, to be written as a page, a table or data.
///
/// @param created      when, in UTC
/// @param results      one for each system, on the same items
/// @param comparisons  of the first with each of the others, in their order; none for tasks without answers
/// @param reproduction what it takes to get the same again, by name
public record EvaluationReport(
        String created, List<TaskResult> results, List<Comparison> comparisons, Map<String, String> reproduction) {
    public EvaluationReport {
        results = List.copyOf(results);
        comparisons = List.copyOf(comparisons);
        reproduction = Map.copyOf(reproduction);
        if (results.isEmpty()) throw new IllegalArgumentException("a report needs a result");
        if (!comparisons.isEmpty() && comparisons.size() != results.size() - 1)
            throw new IllegalArgumentException(comparisons.size() + " comparisons for " + results.size() + " systems");
    }

    public TaskResult first() {
        return results.getFirst();
    }

    /// Return how the first system compares with another; nothing for itself and for tasks without answers.
    public Optional<Comparison> comparison(TaskResult other) {
        int place = results.indexOf(other) - 1;
        return place < 0 || comparisons.isEmpty() ? Optional.empty() : Optional.of(comparisons.get(place));
    }

    /// What is said under several comparisons; empty for one.
    String holm() {
        return holm(comparisons.size());
    }

    /// What is said under so many comparisons; empty for one.
    public static String holm(int comparisons) {
        return comparisons < 2
                ? ""
                : "p values are Holm's for " + comparisons + " comparisons; intervals are each on its own.";
    }

    /// Write it in the form that the file's ending names.
    ///
    /// @throws UserError `report.format`, `file.unwritable`
    public void write(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        DurableFiles.write(
                file,
                switch (ending) {
                    case "html" -> EvaluationPage.of(this);
                    case "md" -> markdown();
                    case "csv" -> csv();
                    case "json" -> Json.pretty(json());
                    default -> throw unknown(file);
                });
    }

    /// Refuse a file whose ending names no form, before time is spent.
    ///
    /// @throws UserError `report.format`
    public static void check(Path file) {
        if (!file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(html|md|csv|json)")) throw unknown(file);
    }

    private static UserError unknown(Path file) {
        return new UserError(
                "report.format",
                file + " has an ending that names no form of report",
                "the form is told by it",
                "use .html for a page with every item, .md for a table, .csv for items, .json for everything");
    }

    /// Print a score: shares in per cent, others as they are, each with its interval.
    public static String shown(Score score) {
        return score.interval().high() <= 1
                ? String.format(
                        Locale.ROOT,
                        "%.1f (%.1f..%.1f)",
                        100 * score.value(),
                        100 * score.interval().low(),
                        100 * score.interval().high())
                : String.format(
                        Locale.ROOT,
                        "%.3f (%.3f..%.3f)",
                        score.value(),
                        score.interval().low(),
                        score.interval().high());
    }

    /// Return one table: a row for each system, a column for each metric, intervals in every cell.
    String markdown() {
        var out = new StringBuilder("# " + first().task() + "\n\n| system |");
        for (Score score : first().scores())
            out.append(' ').append(score.name()).append(" |");
        out.append(" rows | tokens read / written | unreadable | seconds |\n|---|")
                .append("---|".repeat(first().scores().size() + 4))
                .append('\n');
        for (TaskResult result : results) {
            out.append("| ").append(result.system()).append(" |");
            for (Score score : result.scores())
                out.append(' ').append(shown(score)).append(" |");
            out.append(String.format(
                    Locale.ROOT,
                    " %d | %.0f / %.1f | %d | %.1f |%n",
                    first().items().size(),
                    result.meanPromptTokens(),
                    result.meanWrittenTokens(),
                    result.unparsed(),
                    result.seconds()));
        }
        for (TaskResult other : results)
            comparison(other).ifPresent(found -> out.append('\n')
                    .append(found.sentence(first().system(), other.system()))
                    .append(".\n"));
        if (!holm().isEmpty()) out.append('\n').append(holm()).append('\n');
        out.append("\nScores are in per cent with 95 % intervals in parentheses.\n");
        return out.toString();
    }

    /// Return one row for each item and system.
    String csv() {
        var out = new StringBuilder("id,system,input,wanted,answer,credit,unreadable,prompt_tokens,written_tokens\n");
        for (TaskResult result : results)
            for (ItemResult item : result.items())
                out.append(item.id())
                        .append(',')
                        .append(quoted(result.system()))
                        .append(',')
                        .append(quoted(item.input()))
                        .append(',')
                        .append(quoted(item.references().getFirst()))
                        .append(',')
                        .append(quoted(item.answer()))
                        .append(',')
                        .append(item.credit())
                        .append(',')
                        .append(quoted(item.unparsed()))
                        .append(',')
                        .append(item.promptTokens())
                        .append(',')
                        .append(item.writtenTokens())
                        .append('\n');
        return out.toString();
    }

    /// Fields that a spreadsheet would take for a formula are marked as text.
    private static String quoted(String text) {
        String safe = !text.isEmpty() && "=+-@".indexOf(text.charAt(0)) >= 0 && !text.matches("-?[0-9.]+")
                ? "'" + text
                : text;
        return '"' + safe.replace("\"", "\"\"") + '"';
    }

    /// The numbers of a comparison: differences as shares, the first system minus the other, measured so that more is
    /// better.
    public static Map<String, Object> fields(Comparison found) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("difference", found.evidence().difference());
        fields.put("low", found.evidence().interval().low());
        fields.put("high", found.evidence().interval().high());
        fields.put("p", found.evidence().p());
        fields.put("method", found.evidence().method());
        fields.put("verdict", found.verdict().word());
        return fields;
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("created", created);
        json.put("results", results);
        List<Map<String, Object>> compared = new ArrayList<>();
        for (TaskResult other : results)
            comparison(other).ifPresent(found -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("against", other.system());
                fields.putAll(fields(found));
                fields.put("sentence", found.sentence(first().system(), other.system()));
                fields.put("inert", first().answersAs(other));
                compared.add(fields);
            });
        json.put("comparisons", compared);
        json.put("adjusted", compared.size() > 1 ? "holm" : "none");
        json.put("reproduction", reproduction);
        return json;
    }
}
