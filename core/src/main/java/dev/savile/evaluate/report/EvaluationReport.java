package dev.savile.evaluate.report;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.RequestTimes;
import dev.savile.evaluate.task.TaskResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// What several systems reached on the same items of a task, to be written as a page, a table or data.
///
/// @param created      when, in UTC
/// @param systems      on the same items
/// @param comparisons  of the first with each of the others, in their order; none for tasks without answers
/// @param judged       what a judge said of the first two; empty where none was asked
/// @param reproduction what it takes to get the same again, by name
public record EvaluationReport(
        String created,
        List<ReportedSystem> systems,
        List<Comparison> comparisons,
        Optional<Judged> judged,
        Map<String, String> reproduction) {
    /// Report without a judge.
    public EvaluationReport(
            String created,
            List<ReportedSystem> systems,
            List<Comparison> comparisons,
            Map<String, String> reproduction) {
        this(created, systems, comparisons, Optional.empty(), reproduction);
    }

    public EvaluationReport {
        systems = List.copyOf(systems);
        comparisons = List.copyOf(comparisons);
        reproduction = Map.copyOf(reproduction);
        if (systems.isEmpty()) throw new IllegalArgumentException("a report needs a result");
        if (!comparisons.isEmpty() && comparisons.size() != systems.size() - 1)
            throw new IllegalArgumentException(comparisons.size() + " comparisons for " + systems.size() + " systems");
    }

    public TaskResult first() {
        return systems.getFirst().result();
    }

    /// Return the results, that of the first system first.
    List<TaskResult> results() {
        return systems.stream().map(ReportedSystem::result).toList();
    }

    /// Return how the first system compares with one of them; nothing for itself and for tasks without answers.
    ///
    /// @param system its place in the list
    Optional<Comparison> comparison(int system) {
        return system == 0 || comparisons.isEmpty() ? Optional.empty() : Optional.of(comparisons.get(system - 1));
    }

    /// Return the sentence of each comparison.
    List<String> sentences() {
        return IntStream.range(0, comparisons.size())
                .mapToObj(i -> comparisons.get(i).sentence(first().system(), other(i).system()))
                .toList();
    }

    /// Return the items on which the first system and another differ.
    ///
    /// @param comparison place of the comparison
    List<Flip> flips(int comparison) {
        return Flip.of(first(), other(comparison));
    }

    /// Return the result of the system that a comparison is with.
    TaskResult other(int comparison) {
        return systems.get(comparison + 1).result();
    }

    /// Return the names of all scores; systems that are asked in different ways may have different ones.
    List<String> scoreNames() {
        return results().stream()
                .flatMap(result -> result.scores().stream())
                .map(Score::name)
                .distinct()
                .toList();
    }

    /// Say how scores are written.
    String legend() {
        boolean shares = first().scores().stream().anyMatch(score -> score.scale() == Score.Scale.PER_CENT);
        return (shares ? "Scores are in per cent" : "Scores are in their own units")
                + " with 95 % intervals in parentheses.";
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
                    case "md" -> EvaluationTable.of(this);
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

    /// Return one row for each item and system.
    String csv() {
        var out = new StringBuilder("id,system,input,wanted,answer,credit,unreadable,prompt_tokens,written_tokens\n");
        for (TaskResult result : results())
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

    /// How long single requests take, in milliseconds.
    public static Map<String, Object> fields(RequestTimes times) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("requests", times.seconds().size());
        fields.put("p50Milliseconds", 1000 * times.p50());
        fields.put("p95Milliseconds", 1000 * times.p95());
        return fields;
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("created", created);
        List<Map<String, Object>> named = new ArrayList<>();
        for (ReportedSystem system : systems) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("system", system.name());
            fields.put("asked", system.applied().asked());
            fields.put("applied", system.applied().digests());
            system.requests().ifPresent(times -> fields.put("request", fields(times)));
            named.add(fields);
        }
        json.put("systems", named);
        json.put("results", results());
        List<String> sentences = sentences();
        List<Map<String, Object>> compared = new ArrayList<>();
        for (int i = 0; i < comparisons.size(); i++) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("against", other(i).system());
            fields.putAll(fields(comparisons.get(i)));
            fields.put("sentence", sentences.get(i));
            fields.put("inert", first().answersAs(other(i)));
            fields.put("flips", Flip.fields(flips(i)));
            compared.add(fields);
        }
        json.put("comparisons", compared);
        json.put("adjusted", compared.size() > 1 ? "holm" : "none");
        judged.ifPresent(found -> {
            Map<String, Object> fields = new LinkedHashMap<>(found.fields());
            fields.put("verdicts", found.verdicts());
            json.put("judged", fields);
        });
        json.put("reproduction", reproduction);
        return json;
    }
}
