package dev.savile.evaluate.task;

import dev.savile.common.Few;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.data.Duplicates;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.data.RecordReader;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Template;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// The items of a task: those to learn from and those that are scored, apart from each other.
///
/// @param spec     the task
/// @param train    items that prompts may learn from; without duplicates, and without those that repeat a scored one
/// @param test     items that are scored, in the order of the file
/// @param groups   items of `train` that belong together, by their ids: near-duplicates, and those of one group
/// @param labels   of a task of labels, sorted unless the task lists them
/// @param warnings to show before anything is computed
public record TaskData(
        TaskSpec spec,
        List<TaskItem> train,
        List<TaskItem> test,
        Groups groups,
        List<String> labels,
        List<String> warnings) {
    /// Rows that a warning names.
    private static final int SHOWN = 5;

    public TaskData {
        train = List.copyOf(train);
        test = List.copyOf(test);
        labels = List.copyOf(labels);
        warnings = List.copyOf(warnings);
    }

    /// Read the items.
    ///
    /// @param root folder from which the task names its files
    /// @param seed of the split, for tasks whose rows are in one piece
    /// @throws UserError `task.rows` for a missing file or part; those of [RecordReader#read]; `task.field` when a
    ///     record lacks what the task needs, `task.pattern` when a pattern takes too many steps, `task.label`
    ///     for an answer that is no label, `task.choice` for one that is no choice and for choices that are empty
    ///     or the same, `task.group` for a merged item of several groups, `task.empty` when no row is left to score
    public static TaskData read(TaskSpec spec, Path root, long seed) {
        List<String> warnings = new ArrayList<>();
        List<TaskItem> test = items(spec, spec.test(), root, warnings);
        if (test.isEmpty())
            throw new UserError(
                    "task.empty",
                    "the task " + spec.name() + " has no rows to score",
                    "a score of nothing says nothing",
                    "check its 'test' or 'data': files, rows and only");
        List<TaskItem> given =
                spec.train().isPresent() ? items(spec, spec.train().get(), root, warnings) : List.of();
        List<TaskItem> train = new ArrayList<>();
        for (TaskItem item : given) train.add(item.withId(test.size() + item.id()));
        List<String> labels = spec.kind() == TaskKind.LABEL ? labels(spec, train, test) : List.of();
        if (spec.kind() == TaskKind.PERPLEXITY) return new TaskData(spec, train, test, Groups.none(), labels, warnings);
        if (spec.train().isEmpty())
            return spec.evaluateOnly()
                    ? alone(spec, test, labels, warnings)
                    : split(spec, test, labels, seed, warnings);
        return apart(spec, train, test, labels, warnings);
    }

    /// Say which rows the worked examples of a prompt are, in their order, so that none helps to answer itself, its
    /// near-duplicate, or another of its group: rows of the task have their ids, all others ids that no item has.
    public List<LabelledRow> rowsOf(PromptBundle bundle) {
        if (bundle.demos().pool().isEmpty()) return List.of();
        Map<String, TaskItem> byText = new HashMap<>();
        for (TaskItem item : train) byText.putIfAbsent(text(bundle, item), item);
        for (TaskItem item : test) byText.putIfAbsent(text(bundle, item), item);
        List<LabelledRow> rows = new ArrayList<>();
        for (LabelledRow row : DemoSelector.rows(bundle)) {
            TaskItem item = byText.get(row.text());
            rows.add(item == null ? row : new LabelledRow(item.id(), row.text(), row.label(), item.line()));
        }
        return rows;
    }

    /// A field that the template wants and the item lacks is said when the prompt is rendered.
    private static String text(PromptBundle bundle, TaskItem item) {
        try {
            return bundle.inputText(item.fields());
        } catch (UserError e) {
            return "";
        }
    }

    /// Say which rows belong together while items are asked. Examples that were saved with a prompt may be rows that
    /// this task does not know, of another split or another copy of the data: one that nearly repeats an item
    /// must not help to answer it.
    ///
    /// @param shown the prompt's examples, as [#rowsOf] gives them
    Groups groupsBeside(PromptBundle bundle, List<LabelledRow> shown, List<TaskItem> items) {
        Map<Integer, String> groupOf = new HashMap<>();
        for (TaskItem item : train) groupOf.put(item.id(), item.group());
        if (groupOf.keySet().containsAll(shown.stream().map(LabelledRow::id).toList())) return groups; // kept apart
        for (TaskItem item : test) groupOf.put(item.id(), item.group());
        List<LabelledRow> all = new ArrayList<>(shown);
        for (TaskItem item : items) all.add(new LabelledRow(item.id(), text(bundle, item), item.answer(), item.line()));
        List<String> named =
                all.stream().map(row -> groupOf.getOrDefault(row.id(), "")).toList();
        return groups.joinedByText(all).joinedBy(all, named);
    }

    private static TaskData alone(TaskSpec spec, List<TaskItem> test, List<String> labels, List<String> warnings) {
        return new TaskData(spec, List.of(), test, Groups.none(), labels, warnings);
    }

    /// Rows in one piece: half are learned from, half scored; near-duplicates stay on one side.
    private static TaskData split(
            TaskSpec spec, List<TaskItem> all, List<String> labels, long seed, List<String> warnings) {
        Duplicates duplicates = Duplicates.of(asRows(spec, all)).joinedBy(groupOf(all));
        warnOfContradictions(duplicates, all, warnings);
        Split split = Splitter.holdOut(duplicates, duplicates.kept().size() / 2, seed);
        if (split.select().isEmpty())
            throw nothingHeldOut(spec, all.size(), duplicates.kept().size());
        return new TaskData(
                spec, chosen(all, split.train()), chosen(all, split.select()), split.groups(), labels, warnings);
    }

    private static UserError nothingHeldOut(TaskSpec spec, int rows, int kept) {
        boolean groups = !spec.group().isEmpty();
        return new UserError(
                "task.empty",
                "no rows of the task " + spec.name() + " can be held out"
                        + (groups ? " by its group '" + spec.group() + "'" : "") + ": " + rows
                        + (rows == 1 ? " row, " : " rows, ") + kept + " without repeats and contradictions",
                (groups ? "groups" : "near-duplicates")
                        + " stay whole, and a label keeps one of its rows to be learned from; what is left has no two sides",
                groups
                        ? "name rows to score with 'test', or leave 'group' away"
                        : "give more rows, name rows to score with 'test', or score all with 'evaluate-only: true'");
    }

    /// Rows with the same text and several labels are in no part that is learned from.
    private static void warnOfContradictions(Duplicates duplicates, List<TaskItem> items, List<String> warnings) {
        List<LabelledRow> conflicts = duplicates.conflicts();
        if (!conflicts.isEmpty())
            warnings.add(conflicts.size() + " rows were left out because the same text has several labels ("
                    + few(chosen(items, conflicts), item -> item.place() + " '" + item.answer() + "'") + ")");
    }

    /// Name a few items, and say how many more there are.
    private static String few(List<TaskItem> items, Function<TaskItem, String> name) {
        return Few.of(items.stream().map(name).toList(), SHOWN, "; ", "; and ");
    }

    private static Function<LabelledRow, String> groupOf(List<TaskItem> items) {
        Map<Integer, String> byId = new HashMap<>();
        for (TaskItem item : items) byId.put(item.id(), item.group());
        return row -> byId.getOrDefault(row.id(), "");
    }

    /// Rows of TRAIN that a scored row repeats, or that belong to one, leave it.
    private static TaskData apart(
            TaskSpec spec, List<TaskItem> train, List<TaskItem> test, List<String> labels, List<String> warnings) {
        Function<LabelledRow, String> groupOf = groupOf(train);
        Duplicates duplicates = Duplicates.of(asRows(spec, train)).joinedBy(groupOf);
        warnOfContradictions(duplicates, train, warnings);
        Set<String> scored = new HashSet<>();
        for (TaskItem item : test) if (!item.group().isEmpty()) scored.add(item.group());
        List<LabelledRow> kept = Splitter.apartFrom(duplicates.kept(), asRows(spec, test)).stream()
                .filter(row -> !scored.contains(groupOf.apply(row)))
                .toList();
        Set<Integer> ids = new LinkedHashSet<>();
        for (LabelledRow row : kept) ids.add(row.id());
        List<LabelledRow> overlapping = duplicates.kept().stream()
                .filter(row -> !ids.contains(row.id()))
                .toList();
        if (!overlapping.isEmpty())
            warnings.add(overlapping.size() + (overlapping.size() == 1 ? " row" : " rows")
                    + " left TRAIN because a scored row is the same or nearly so"
                    + (spec.group().isEmpty() ? "" : ", or of the same group")
                    + " (" + few(chosen(train, overlapping), TaskItem::place) + ")");
        return new TaskData(spec, chosen(train, kept), test, duplicates.groups(), labels, warnings);
    }

    /// Return items as rows, for duplicates and splits, the options that stand in a question in one order. Only labels
    /// keep their place in a split; other answers are all different, and two of them to one question are no
    /// contradiction.
    public List<LabelledRow> rows(List<TaskItem> items) {
        return asRows(spec, items);
    }

    private static List<LabelledRow> asRows(TaskSpec spec, List<TaskItem> items) {
        boolean labels = spec.kind() == TaskKind.LABEL;
        return items.stream()
                .map(item -> new LabelledRow(
                        item.id(),
                        OptionOrder.sorted(item.input(), item.choices()),
                        labels ? item.answer() : "",
                        item.line()))
                .toList();
    }

    private static List<TaskItem> chosen(List<TaskItem> items, List<LabelledRow> rows) {
        Map<Integer, TaskItem> byId = new LinkedHashMap<>();
        for (TaskItem item : items) byId.put(item.id(), item);
        List<TaskItem> chosen = new ArrayList<>();
        for (LabelledRow row : rows) {
            TaskItem item = byId.get(row.id());
            if (item != null) chosen.add(item);
        }
        return chosen;
    }

    private static List<String> labels(TaskSpec spec, List<TaskItem> train, List<TaskItem> test) {
        Set<String> found = new TreeSet<>();
        for (TaskItem item : train) found.add(item.answer());
        for (TaskItem item : test) found.add(item.answer());
        List<String> listed = spec.prompt().labels();
        if (listed.isEmpty()) return List.copyOf(found);
        found.removeAll(listed);
        if (!found.isEmpty())
            throw new UserError(
                    "task.label",
                    "rows of the task " + spec.name() + " have the labels " + String.join(", ", found)
                            + ", which it does not list",
                    "they could never be answered right",
                    "add them to 'labels', or leave 'labels' away");
        return listed;
    }

    private static List<TaskItem> items(TaskSpec spec, TaskSource source, Path root, List<String> warnings) {
        Set<String> keys = names(root, source.keys());
        Set<String> drop = names(root, source.drop());
        Map<RecordPath, String> only = new LinkedHashMap<>();
        source.only().forEach((path, value) -> only.put(RecordPath.of(path), value));
        List<RecordPath> having = source.having().stream().map(RecordPath::of).toList();
        List<TaskItem> items = new ArrayList<>();
        int blank = 0;
        for (String name : source.files()) {
            Path file = file(root, name, spec);
            for (RecordReader.Entry entry : source.read(file)) {
                if (!source.keys().isEmpty() && !keys.contains(entry.key())) continue;
                if (drop.contains(entry.key())) continue;
                boolean wanted = only.entrySet().stream()
                                .allMatch(
                                        one -> one.getKey().texts(entry.value()).contains(one.getValue()))
                        && having.stream()
                                .noneMatch(path -> path.texts(entry.value()).isEmpty());
                if (!wanted) continue;
                TaskItem item = item(spec, entry, items.size(), file, name + ", line " + entry.line());
                if (item.input().isBlank()) blank++;
                else items.add(item);
            }
        }
        if (blank > 0) warnings.add(blank + " rows without a question were left out");
        return spec.merge() ? merged(items) : items;
    }

    private static Path file(Path root, String name, TaskSpec spec) {
        Path file = root.resolve(name);
        if (Files.isRegularFile(file)) return file;
        throw UserError.notFound(
                "task.rows",
                "the task " + spec.name() + " needs " + name + ", which is not in " + root,
                "its rows are there",
                "name the folder that holds it with --data-dir, or get the data set: docs/tasks.md says from where");
    }

    /// The names at the top of a JSON file.
    private static Set<String> names(Path root, String file) {
        if (file.isEmpty()) return Set.of();
        return new LinkedHashSet<>(Json.tree(root.resolve(file)).propertyNames());
    }

    private static void requireReferences(TaskSpec spec, List<String> references, String place) {
        try {
            spec.textMetrics().forEach(metric -> metric.require(references));
        } catch (UserError e) {
            throw e.at(place);
        }
    }

    private static TaskItem item(TaskSpec spec, RecordReader.Entry entry, int id, Path file, String place) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        Map<String, String> fields = new LinkedHashMap<>();
        if (spec.fields().isEmpty())
            entry.value().properties().forEach(part -> texts.put(part.getKey(), plain(part.getValue())));
        spec.fields().forEach((name, rule) -> texts.put(name, rule.texts(entry.value(), entry.key(), place)));
        texts.forEach((name, values) ->
                fields.put(name, String.join(join(spec, name), values).strip()));
        String input = Template.of(spec.input()).render(fields);
        fields.putIfAbsent(PromptBundle.TEXT, input); // for prompts that know a message as one text
        List<String> references = references(spec, texts, fields);
        if (references.isEmpty() && spec.kind() != TaskKind.PERPLEXITY)
            throw new UserError(
                    "task.field",
                    file + ", line " + entry.line() + ": the row has no answer",
                    "the task takes it from '" + spec.target() + "'",
                    "complete the row, or correct 'target' and 'fields'");
        requireReferences(spec, references, file + ", line " + entry.line());
        List<String> choices = List.of();
        if (!spec.choices().isEmpty()) {
            choices = texts.getOrDefault(spec.choices(), List.of());
            requireDifferent(choices, file + ", line " + entry.line());
            if (!choices.contains(references.getFirst()))
                throw new UserError(
                        "task.choice",
                        file + ", line " + entry.line() + ": the answer '" + references.getFirst()
                                + "' is not among the choices " + choices,
                        "it could never be chosen",
                        "correct the row, or 'choices' and 'target'");
        }
        String rationale =
                spec.rationale().isEmpty() ? "" : Template.of(spec.rationale()).render(fields);
        List<String> slots = texts.getOrDefault(spec.slots(), List.of());
        return new TaskItem(
                id,
                fields,
                input,
                spec.kind() == TaskKind.PERPLEXITY ? List.of(input) : references,
                choices,
                slots,
                rationale,
                group(spec, texts, entry, file),
                place,
                entry.line());
    }

    /// Refuse choices that could not be told apart, or of which nothing would be scored but the end.
    private static void requireDifferent(List<String> choices, String place) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < choices.size(); i++) {
            String choice = choices.get(i).strip();
            if (choice.isEmpty())
                throw new UserError(
                        "task.choice",
                        place + ": choice " + (i + 1) + " of " + choices.size() + " is empty",
                        "an answer of nothing says nothing",
                        "complete the row, or correct 'choices' and 'fields'");
            if (!seen.add(choice))
                throw new UserError(
                        "task.choice",
                        place + ": the choice '" + choice + "' stands there twice",
                        "the two could not be told apart",
                        "leave one of them away, or correct 'choices' and 'fields'");
        }
    }

    private static String group(TaskSpec spec, Map<String, List<String>> texts, RecordReader.Entry entry, Path file) {
        if (spec.group().isEmpty()) return "";
        List<String> values = texts.get(spec.group());
        if (values == null)
            throw new UserError(
                    "task.field",
                    file + ", line " + entry.line() + ": the row has no field '" + spec.group() + "'",
                    "the task takes from it which rows belong together",
                    "correct 'group' or 'fields'; there are: " + String.join(", ", texts.keySet()));
        return String.join("\n", values).strip();
    }

    private static String join(TaskSpec spec, String field) {
        FieldRule rule = spec.fields().get(field);
        return rule == null ? "\n" : rule.join();
    }

    private static List<String> plain(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isArray())
            for (JsonNode part : node) texts.add(part.isContainer() ? part.toString() : part.asString(""));
        else texts.add(node.isContainer() ? node.toString() : node.asString(""));
        return texts;
    }

    private static List<String> references(TaskSpec spec, Map<String, List<String>> texts, Map<String, String> fields) {
        Template target = Template.of(spec.target());
        if (target.fields().size() == 1
                && spec.target().equals("{" + target.fields().getFirst() + "}")) {
            List<String> several = texts.get(target.fields().getFirst());
            if (several != null)
                return several.stream().filter(text -> !text.isBlank()).toList();
        }
        String one = target.render(fields);
        return one.isBlank() ? List.of() : List.of(one);
    }

    private static List<TaskItem> merged(List<TaskItem> items) {
        Map<String, List<TaskItem>> byInput = new LinkedHashMap<>();
        for (TaskItem item : items)
            byInput.computeIfAbsent(item.input(), key -> new ArrayList<>()).add(item);
        List<TaskItem> merged = new ArrayList<>();
        byInput.values().forEach(same -> {
            if (same.stream().map(TaskItem::group).distinct().count() > 1)
                throw new UserError(
                        "task.group",
                        "rows with the input '" + same.getFirst().input() + "' are of several groups",
                        "'merge' makes them one item, which has one group",
                        "leave 'merge' or 'group' away");
            Set<String> references = new LinkedHashSet<>();
            for (TaskItem item : same) references.addAll(item.references());
            merged.add(same.getFirst().withId(merged.size()).withReferences(List.copyOf(references)));
        });
        return merged;
    }
}
