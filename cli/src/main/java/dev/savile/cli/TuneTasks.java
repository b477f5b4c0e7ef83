package dev.savile.cli;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.PromptTableFolder;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.data.Example;
import dev.savile.data.ExampleData;
import dev.savile.data.ExampleReader;
import dev.savile.model.BaseModel;
import dev.savile.runs.Run;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.DataCheck;
import dev.savile.train.EncodedRows;
import dev.savile.train.MemoryPlan;
import dev.savile.train.TaskEncoder;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Run `savile tune prompt_tuning --tasks` and `p_tuning --tasks`: train new tasks of a prompt table.
final class TuneTasks {
    private final Console console;
    private final TuneVerb verb;

    TuneTasks(Console console, TuneVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run(Path tasksFile) {
        Interrupts.watch(console, "the step is finished and a checkpoint written");
        var settings = new TuneSettings(verb.technique, verb.settings);
        requireNoOther();
        var registry = new Registry(console.env().home());
        List<TaskTemplate> templates = Arrays.asList(Json.read(tasksFile, TaskTemplate[].class));
        Optional<Customization> before = verb.table().map(name -> table(registry.find(name)));
        ExampleData data = rows(tasksFile, templates);
        if (verb.resume && Tune.isFinished(out()))
            return Tune.finished(console, out(), Customization.PROMPT_TABLE, ExampleData.digest(data.rows()));
        Path folder =
                verb.out().orElseGet(() -> verb.name().map(registry::workshop).orElseGet(this::out));
        CustomizationWriter.claim(folder, verb.resume || verb.out().isEmpty());
        return RecordedRun.of(
                console,
                verb.global,
                "tune",
                verb.technique + " --tasks",
                Map.of("data", data.source(), "settings", verb.settings),
                (session, run) ->
                        train(new Work(session.base(), templates, data, before, folder, registry, run), settings));
    }

    /// What a training works with.
    ///
    /// @param before table that the new tasks are added to
    /// @param folder to write to
    private record Work(
            BaseModel base,
            List<TaskTemplate> templates,
            ExampleData data,
            Optional<Customization> before,
            Path folder,
            Registry registry,
            Run run) {}

    private Path out() {
        return verb.out()
                .orElseThrow(() -> new UserError(
                        "tune.out",
                        "no folder was given for the table",
                        "a table with another task is another version",
                        "name one with --out, or a name to save it under with --name"));
    }

    /// Open a table, checked file by file.
    private static Customization table(Path folder) {
        Customization saved = Customization.open(folder);
        if (!saved.technique().equals(Customization.PROMPT_TABLE))
            throw new UserError(
                    "tune.table",
                    folder + " is of the technique " + saved.technique(),
                    "tasks are added to tables of soft prompts",
                    "name a table that was trained with --tasks, or leave --table away to begin one");
        return saved;
    }

    private ExampleData rows(Path tasksFile, List<TaskTemplate> templates) {
        var fields =
                new ExampleReader.Fields(Map.of(), false, verb.data.encoding().orElse(""));
        ExampleData data = ExampleReader.read(Rows.file(verb.data), fields);
        List<String> named = templates.stream().map(TaskTemplate::name).toList();
        for (Example example : data.rows())
            if (!(example instanceof Example.Task(String task, Map<String, String> _, long line))
                    || !named.contains(task))
                throw new UserError(
                        "task.missing",
                        "line " + example.line() + " of " + data.source() + " belongs to no task of " + tasksFile,
                        "only new tasks are trained; those of a table stay as they are",
                        "the new tasks are: " + String.join(", ", named));
        return data;
    }

    /// Refuse options and settings that a table of tasks would not follow, each with the reason.
    private void requireNoOther() {
        String order = "tasks are trained one after the other, on every row";
        String template = "a task's template says how its rows are put together and what is learned of them";
        Map<String, String> given = new LinkedHashMap<>();
        if (verb.validation != null) given.put("--validation", order);
        if (!verb.also.isEmpty()) given.put("--also", order);
        if (verb.from != null) given.put("--from", "finished tasks stay as they are; --table names where new ones go");
        if (verb.findRate) given.put("--find-rate", order);
        if (verb.examples.raw) given.put("--raw", template);
        if (verb.examples.learn != ExampleOptions.Learn.ANSWER) given.put("--learn", template);
        if (verb.examples.kind != ExampleOptions.Kind.AUTO) given.put("--kind", "all rows belong to tasks");
        if (!verb.examples.names.isEmpty()) given.put("--map", template);
        if (verb.examples.allowExtra) given.put("--allow-extra", "every field of a row may be one of its template");
        if (verb.data.overLength() != DataOptions.OverLength.REFUSE)
            given.put("--over-length", "a template's truncate_field says what is shortened");
        if (verb.data.text != null) given.put("--text", template);
        if (verb.data.label != null) given.put("--label", template);
        if (verb.data.noHeader) given.put("--no-header", "rows name their task and its fields");
        if (verb.settings.containsKey("tokens"))
            given.put("the setting tokens", "a template's total_virtual_tokens says how many there are");
        if (verb.settings.containsKey("start"))
            given.put("the setting start", "vectors start from the setting text, else from the template's own text");
        if (!verb.settings.getOrDefault("patience", "0").equals("0")) given.put("the setting patience", order);
        given.forEach((option, why) -> {
            throw new UserError("tune.tasks", option + " has no effect with --tasks", why, "leave it away");
        });
    }

    private int train(Work work, TuneSettings settings) {
        BaseModel base = work.base;
        work.before.ifPresent(table -> table.requireBase(base));
        Technique technique = settings.technique(base.model().spec());
        TrainingOptions options = settings.options(
                technique,
                base.model().parameters(),
                verb.global.seed(),
                verb.maxTime().orElse(""));
        var job = new TuneJob(base, technique, options, PromptBundle.plain());
        try (PromptTable table = work.before
                .map(saved -> PromptTableFolder.read(saved.folder(), base.model()))
                .orElseGet(() -> PromptTable.empty(base.model()))) {
            addNew(table, work, technique);
            EncodedRows rows = encoded(work, table, settings.maxTokens());
            MemoryPlan plan = job.memory(table);
            console.progress().say(plan.sentence());
            job.requireMemory(plan, plan.values());
            TrainingResult result;
            try (var listeners = new TuneListeners(work.run, verb.log(), console.clock(), console.progress())) {
                result = job.train(
                        table,
                        rows,
                        List.of(),
                        new CheckpointFolder(
                                work.folder.resolve("savile").resolve("train"),
                                identity(work, job, rows),
                                console.progress()),
                        listeners,
                        console.progress(),
                        console.stop());
            }
            if (result.end() == TrainingResult.End.STOPPED) {
                work.run.interrupted();
                console.print("stopped after step " + result.steps()
                        + "; go on with the same command and --resume --out " + work.folder);
                return ExitCode.STOPPED;
            }
            return save(work, technique, options, table, result);
        }
    }

    /// Tasks that are p-tuned together share an LSTM; an MLP could not tell them apart.
    private void addNew(PromptTable table, Work work, Technique technique) {
        Encoder encoder =
                technique instanceof Technique.PTuning pTuning ? pTuning.spec().encoder() : new Encoder.None();
        List<TaskTemplate> templates = work.templates;
        if (!(encoder instanceof Encoder.Lstm lstm) || templates.size() == 1) {
            for (TaskTemplate template : templates)
                table.withNew(template, encoder, textIds(work.base, technique, template), verb.global.seed());
            return;
        }
        Map<String, int[]> names = new LinkedHashMap<>();
        for (TaskTemplate template : templates)
            names.put(template.name(), work.base.encoder().tokenizer().encode(template.name()));
        table.withTogether(templates, lstm, names, verb.global.seed());
    }

    private EncodedRows encoded(Work work, PromptTable table, int maxTokens) {
        BaseModel base = work.base;
        int context = base.model().spec().maxPositions();
        int longest = maxTokens == 0 ? context : Math.min(maxTokens, context);
        EncodedRows rows = new TaskEncoder(
                        base.encoder(), table, base.model().spec().vocabulary(), longest)
                .encode(work.data.rows());
        rows.warnings().forEach(console.progress()::warn);
        DataCheck check = DataCheck.of(rows.rows(), List.of());
        console.progress().say(check.sentence());
        check.warnings().forEach(console.progress()::warn);
        return rows;
    }

    private static Map<String, String> identity(Work work, TuneJob job, EncodedRows rows) {
        Map<String, String> identity = new LinkedHashMap<>(job.identity(rows.rows()));
        identity.put("the templates", Digest.ofText(Json.canonical(work.templates)));
        work.before.ifPresent(table -> identity.put("the table", Customization.digest(table.folder())));
        return identity;
    }

    private int save(
            Work work, Technique technique, TrainingOptions options, PromptTable table, TrainingResult result) {
        Map<String, Object> measured = Tune.measured(result);
        measured.put("trainedValues", table.trainedValues());
        Map<String, Object> configuration = new LinkedHashMap<>(Tune.configuration(technique, options, verb.global));
        configuration.put("tasks", table.trainedTasks());
        ExampleData data = work.data;
        Manifest manifest = Provenance.of(
                work.base,
                Customization.PROMPT_TABLE,
                new Manifest.Data(
                        data.source(),
                        ExampleData.digest(data.rows()),
                        data.rows().size()),
                configuration,
                measured,
                console.clock().instant());
        List<String> parents = work.before.map(before -> Customization.digest(before.folder())).stream()
                .toList();
        Path before = work.before.map(Customization::folder).orElse(work.folder);
        CustomizationWriter.table(work.folder, table, before, work.base, manifest.withParents(parents));
        Path saved = verb.out().isPresent()
                ? work.folder
                : work.registry.publish(work.folder, verb.name().orElseThrow());
        console.print("trained " + String.join(", ", table.trainedTasks()) + "; saved " + saved);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("customization", saved.toString());
        fields.put("run", work.run.id());
        fields.put("tasks", new ArrayList<>(PromptTableFolder.tasks(saved)));
        fields.putAll(measured);
        work.run.finish(fields);
        console.result(fields);
        return ExitCode.OK;
    }

    /// Bare vectors start from the text given, else from the task's own template without its marks and fields.
    private static int[] textIds(BaseModel base, Technique technique, TaskTemplate template) {
        String given =
                technique instanceof Technique.PromptTuning soft ? soft.spec().text() : "";
        String text = given.isBlank() ? template.template().replaceAll("<\\|[^|]*\\|>|\\{[^}]*\\}", " ") : given;
        return base.encoder().tokenizer().encode(text.isBlank() ? template.name() : text.strip());
    }
}
