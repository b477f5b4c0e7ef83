package dev.savile.evaluate.task;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.common.YamlMap;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.answers.AnswerPipeline;
import dev.savile.generate.constrain.Automaton;
import dev.savile.technique.prompt.AnswerForm;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// A task: where its rows are, how they become questions, what kind of answer counts and how.
///
/// @param name         unique among tasks
/// @param version      raised whenever scores may change
/// @param description  one line
/// @param kind         of answer
/// @param digest       SHA-256 of the file's text
/// @param train        rows that prompts may learn from; empty where there are none, or where `test` is split
/// @param test         rows that are scored
/// @param fields       how a record becomes fields; empty for the record's own parts
/// @param input        the question, with `{field}`s
/// @param target       the right answer, with `{field}`s; a single field with several texts gives several references
/// @param choices      field with an item's own choices; empty for none
/// @param slots        field with values that answers are to mention; empty for none
/// @param rationale    a way to the answer, with `{field}`s; empty for none
/// @param group        field whose equal values make rows belong together; empty for none
/// @param merge        whether rows with the same input are one item with several references
/// @param evaluateOnly whether its rows must never be learned from
/// @param prompt       the prompt that it is usually asked with; without labels where they are those of the rows
/// @param metrics      by name, the first is the primary one
/// @param tolerance    gap that does not matter, in points of the primary metric; empty for the smallest that the rows
///     can tell
public record TaskSpec(
        String name,
        int version,
        String description,
        TaskKind kind,
        String digest,
        Optional<TaskSource> train,
        TaskSource test,
        Map<String, FieldRule> fields,
        String input,
        String target,
        String choices,
        String slots,
        String rationale,
        String group,
        boolean merge,
        boolean evaluateOnly,
        PromptBundle prompt,
        List<String> metrics,
        OptionalDouble tolerance) {
    private static final String KIND = "task";

    public TaskSpec {
        fields = Map.copyOf(fields);
        metrics = List.copyOf(metrics);
    }

    /// Read a task's file.
    ///
    /// @throws UserError `task.missing`, `task.syntax`, `task.key`, `task.value`, `task.kind`, `task.path`,
    ///         `task.pattern`, `task.metric`, `task.choices`, `task.form`, `task.drawing`,
    ///         `prompt.form`, those of [dev.savile.generate.Sampling]
    public static TaskSpec read(Path file) {
        return read(YamlMap.read(file, KIND), file.getFileName().toString());
    }

    /// Read a task's text.
    static TaskSpec parse(String text, String place) {
        return read(YamlMap.parse(text, place, KIND), place);
    }

    private static TaskSpec read(YamlMap map, String place) {
        String name = map.text("name", place.replaceFirst("\\.ya?ml$", ""));
        int version = map.whole("version", 1);
        String description = map.text("description", "");
        Optional<TaskSource> all = TaskSource.read(map, "data");
        Optional<TaskSource> train = TaskSource.read(map, "train");
        Optional<TaskSource> test = TaskSource.read(map, "test").or(() -> all);
        Map<String, FieldRule> fields = new LinkedHashMap<>();
        map.map("fields").ifPresent(rules -> {
            for (String field : rules.keys()) fields.put(field, FieldRule.read(rules, field));
        });
        String choices = map.text("choices", "");
        TaskKind kind = TaskKind.of(map.text("kind", choices.isEmpty() ? "label" : "choice"));
        String input = map.text("input", "{" + PromptBundle.TEXT + "}");
        String target = map.text("target", kind == TaskKind.PERPLEXITY ? "" : "{label}");
        String slots = map.text("slots", "");
        String rationale = map.text("rationale", "");
        String group = map.text("group", "");
        boolean merge = map.flag("merge", false);
        List<String> labels = map.texts("labels");
        boolean evaluateOnly = map.flag("evaluate-only", false);
        PromptBundle prompt = prompt(map, kind, input, labels);
        List<String> metrics = new ArrayList<>(map.texts("metrics"));
        OptionalDouble tolerance = map.text("tolerance", "").equals("auto")
                ? OptionalDouble.empty()
                : OptionalDouble.of(map.number("tolerance", 1));
        map.finish();
        if (test.isEmpty())
            throw new UserError(
                    "task.data",
                    map.place() + " names no rows",
                    "there is nothing to ask",
                    "add 'data: FILE', or 'train: FILE' and 'test: FILE'");
        if (kind == TaskKind.CHOICE && choices.isEmpty())
            throw new UserError(
                    "task.choices",
                    map.place() + " is of kind choice, but no field holds the choices",
                    "each row needs answers to choose from",
                    "add 'choices: FIELD', or make it 'kind: label'");
        if (metrics.isEmpty()) metrics.addAll(TaskMetric.usual(kind, !slots.isEmpty()));
        for (String metric : metrics) {
            TextMetric.Measure measure =
                    TaskMetric.of(metric, kind).text().map(TextMetric::measure).orElse(null);
            if (measure == TextMetric.Measure.SLOT_ERROR_RATE && slots.isEmpty())
                throw TextMetric.noSlots("the task names none");
        }
        if (kind.written()) {
            requireRight(metrics, map.place());
            requirePatternsAlone(metrics, kind, evaluateOnly, map.place());
        }
        return new TaskSpec(
                name,
                version,
                description,
                kind,
                map.digest(),
                train,
                test.get(),
                fields,
                input,
                target,
                choices,
                slots,
                rationale,
                group,
                merge,
                evaluateOnly,
                prompt,
                metrics,
                tolerance);
    }

    /// Refuse `pass@k` where no metric before it says which answers are right.
    private static void requireRight(List<String> metrics, String place) {
        Optional<String> passes = metrics.stream()
                .filter(metric -> TaskMetric.passAt(metric).isPresent())
                .findFirst();
        if (passes.isEmpty()) return;
        String first = metrics.getFirst();
        boolean right = TaskMetric.passAt(first).isEmpty()
                && TextMetric.of(first).measure().share();
        if (!right)
            throw new UserError(
                    "task.metric",
                    place + ": the primary metric is " + first + ", and " + passes.get() + " is to be measured",
                    "it counts the answers that are right by the primary metric",
                    "name one of right and wrong first, such as exact_match(number)");
    }

    /// How written answers are compared with their references, in the order of the metrics.
    List<TextMetric> textMetrics() {
        return textMetrics(metrics, kind);
    }

    private static List<TextMetric> textMetrics(List<String> metrics, TaskKind kind) {
        return metrics.stream()
                .flatMap(metric -> TaskMetric.of(metric, kind).text().stream())
                .toList();
    }

    /// Refuse patterns where answers are wanted: no worked example may show one, nor another metric take it for a text.
    private static void requirePatternsAlone(List<String> metrics, TaskKind kind, boolean evaluateOnly, String place) {
        List<TextMetric> texts = textMetrics(metrics, kind);
        List<TextMetric> others =
                texts.stream().filter(metric -> !metric.ofPatterns()).toList();
        if (others.size() == texts.size()) return;
        if (!others.isEmpty())
            throw new UserError(
                    "task.metric",
                    place + ": regex takes the targets for patterns, and " + others.getFirst() + " for texts",
                    "a pattern is no answer that another could be compared with",
                    "leave one of them away");
        if (!evaluateOnly)
            throw new UserError(
                    "task.metric",
                    place + ": the targets are patterns (regex), and rows may be learned from",
                    "worked examples would show patterns as answers",
                    "add 'evaluate-only: true'");
    }

    private static PromptBundle prompt(YamlMap map, TaskKind kind, String input, List<String> labels) {
        PromptBundle.Draft draft = PromptBundle.plain().change();
        if (kind != TaskKind.PERPLEXITY) draft.inputTemplate(input);
        String usual = kind == TaskKind.LABEL
                ? PromptBundle.classification(List.of(), false).instruction()
                : "";
        draft.system(map.text("system", ""))
                .instruction(map.text("instruction", usual))
                .outputPrefix(map.text("prefix", ""))
                .labels(labels, kind == TaskKind.LABEL && map.flag("list-labels", true));
        Map<String, String> words = map.textMap("words");
        if (!words.isEmpty()) {
            if (labels.isEmpty()) draft.labels(List.copyOf(words.keySet()), map.flag("list-labels", true));
            draft.words(words);
        }
        int usualTokens = kind == TaskKind.NUMBER ? 32 : 64;
        var decoding = new PromptBundle.Decoding(map.whole("max-tokens", usualTokens), map.texts("stop"));
        Optional<AnswerForm> form = map.map("form").map(TaskSpec::form);
        form.ifPresent(given -> requireWritten(kind, map.place()));
        var drawing = new Drawing(
                number(map, "temperature"),
                number(map, "top-p"),
                map.value("top-k").isEmpty() ? OptionalInt.empty() : OptionalInt.of(map.whole("top-k", 0)),
                number(map, "repetition-penalty"));
        draft.reasoning(drawing.over(Reasoning.none()))
                .decoding(drawing.over(decoding).heldTo(form.orElse(null)));
        if (!kind.written() && !drawing.equals(Drawing.unchanged()))
            throw new UserError(
                    "task.drawing",
                    map.place() + " says how tokens are drawn, and is of kind " + kind.id(),
                    "nothing is written there: the likeliest answer is looked up, or a text is predicted",
                    "leave temperature, top-p, top-k and repetition-penalty away, or make it 'kind: text'");
        try {
            drawing.require(draft.done(), true);
        } catch (UserError e) {
            throw e.at(map.place());
        }
        Map<String, Object> pipelines = new LinkedHashMap<>();
        map.value("answers").ifPresent(answers -> {
            if (!(answers instanceof Map<?, ?> named)) throw map.wrong("answers", "names with 'extract'");
            named.forEach((name, value) -> pipelines.put(String.valueOf(name), value));
            AnswerPipeline.all(pipelines); // refuses what cannot be read
        });
        return draft.answers(pipelines).done();
    }

    private static OptionalDouble number(YamlMap map, String key) {
        return map.value(key).isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(map.number(key, 0));
    }

    /// Read the form of answers; one that could not be followed is refused here.
    private static AnswerForm form(YamlMap map) {
        var form = new AnswerForm(
                map.texts("choices"),
                map.text("regex").orElse(null),
                map.value("json-schema")
                        .map(schema -> Json.strict().<JsonNode>valueToTree(schema))
                        .orElse(null));
        Automaton.of(form);
        return form;
    }

    /// @throws UserError `task.form` where nothing is written that could have a form
    static void requireWritten(TaskKind kind, String task) {
        if (!kind.written())
            throw new UserError(
                    "task.form",
                    "answers are to be held to a form, and " + task + " is of kind " + kind.id(),
                    "nothing is written there: the likeliest answer is looked up, or a text is predicted",
                    "leave the form away, or make it 'kind: text'");
    }
}
