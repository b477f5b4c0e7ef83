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
import dev.savile.data.ExampleKind;
import dev.savile.data.ExampleReader;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.runs.Run;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.train.CarriedOptimizer;
import dev.savile.train.CarriedOptimizer.Place;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.Checkpoints;
import dev.savile.train.LearningRates;
import dev.savile.train.MemoryPlan;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Run `savile tune prompt_tuning --tasks` and `p_tuning --tasks`: train new tasks of a prompt table, or such as are
/// there further.
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
        Tune.requireResumable(verb);
        TaskInputs.refuse(
                verb.test().isPresent(),
                "--test",
                "the tasks of a table are scored one by one, with savile eval --with");
        requireNoOther();
        var registry = new Registry(console.env().home());
        List<TaskTemplate> templates = Arrays.asList(Json.read(tasksFile, TaskTemplate[].class));
        String option = verb.from().isPresent() ? "--from" : "--table";
        Optional<Customization> before = verb.from().or(verb::table).map(name -> table(registry.find(name), option));
        if (verb.from().isPresent()) before.ifPresent(table -> requireSame(templates, table.folder(), settings));
        TuneData data = rows(tasksFile, templates);
        if (verb.resume && Tune.isFinished(out()) && !Tune.ranOutOfTime(out()))
            return Tune.finished(
                    console,
                    out(),
                    Customization.PROMPT_TABLE,
                    data.digest(),
                    made -> differences(made, settings, templates));
        if (data instanceof MixedData mixed) console.progress().say(mixed.sentence());
        data.warnings().forEach(console.progress()::warn);
        Path folder = folder(registry);
        return RecordedRun.of(
                console,
                verb.global,
                "tune",
                verb.technique + " --tasks",
                Map.of("data", data.source(), "settings", verb.settings),
                (session, run) ->
                        train(new Work(session.base(), templates, data, before, folder, registry, run), settings));
    }

    /// What differs from a table that has finished.
    private List<String> differences(Manifest made, TuneSettings settings, List<TaskTemplate> templates) {
        List<String> differences = new ArrayList<>(FinishedTraining.differences(
                made,
                settings,
                Tune.spec(console, verb),
                verb.global.seed(),
                verb.from().isPresent()));
        List<String> there = PromptTableFolder.tasks(out());
        for (TaskTemplate template : templates)
            if (!there.contains(template.name())
                    || !PromptTableFolder.template(out(), template.name()).makesSame(template))
                differences.add("the template of the task '" + template.name() + "'");
        return differences;
    }

    /// What a training works with.
    ///
    /// @param before table that the tasks are added to, or that has them already
    /// @param folder to write to
    private record Work(
            BaseModel base,
            List<TaskTemplate> templates,
            TuneData data,
            Optional<Customization> before,
            Path folder,
            Registry registry,
            Run run) {}

    /// The folder to write to; looking for a rate writes nothing.
    private Path folder(Registry registry) {
        if (verb.findRate) return Path.of("");
        Path folder =
                verb.out().orElseGet(() -> verb.name().map(registry::workshop).orElseGet(this::out));
        CustomizationWriter.claim(folder, verb.resume || verb.out().isEmpty());
        return folder;
    }

    private Path out() {
        return verb.out()
                .orElseThrow(() -> new UserError(
                        "tune.out",
                        "no folder was given for the table",
                        "a table with another task is another version",
                        "name one with --out, or a name to save it under with --name"));
    }

    /// Open a table, checked file by file.
    ///
    /// @param option that names it
    private static Customization table(Path folder, String option) {
        Customization saved = Customization.open(folder);
        if (!saved.technique().equals(Customization.PROMPT_TABLE))
            throw new UserError(
                    "tune.table",
                    folder + " is of the technique " + saved.technique(),
                    "with --tasks, " + option + " names a table of soft prompts",
                    "name a table that was trained with --tasks, or leave " + option + " away to begin one");
        return saved;
    }

    /// Refuse to train tasks further under other templates, or with settings that they have already.
    private static void requireSame(List<TaskTemplate> templates, Path table, TuneSettings settings) {
        List<String> there = PromptTableFolder.tasks(table);
        for (TaskTemplate template : templates) {
            String task = template.name();
            if (!there.contains(task))
                throw UserError.notFound(
                        "task.missing",
                        table + " has no task '" + task + "'",
                        "only what is there can be trained further",
                        "add it with --table instead of --from; the tasks are: " + String.join(", ", there));
            if (!PromptTableFolder.template(table, task).makesSame(template))
                throw new UserError(
                        "task.changed",
                        "the task '" + task + "' has another template in " + table,
                        "its vectors belong to the rows that its own template makes",
                        "write it as savile tasks --with " + table + " --json shows it, or train a new task");
        }
        for (String key : settings.ofTechnique())
            throw new UserError(
                    "tune.from",
                    "the setting " + key + " has no effect with --from",
                    "the tasks in " + table + " have their own, which hold",
                    "leave --set " + key + " away, or train a new task with --table");
    }

    private TuneData rows(Path tasksFile, List<TaskTemplate> templates) {
        List<String> named = templates.stream().map(TaskTemplate::name).toList();
        String fix = "the tasks to train are: " + String.join(", ", named);
        Path file = Rows.file(verb.data);
        if (!ExampleReader.guess(file, verb.data.encoding().orElse("")).equals(Optional.of(ExampleKind.TASK)))
            throw withoutTask(file.toString(), fix);
        TuneData data = TuneData.read(verb.data, verb.examples, verb.also, verb.validation(), verb.global.seed());
        if (!data.kinds().equals(Set.of(ExampleKind.TASK))) throw withoutTask(data.source(), fix);
        Set<String> learned = tasks(data.train(), "train", tasksFile, named);
        tasks(data.held(), "validate", tasksFile, named);
        for (String task : named)
            if (!learned.contains(task))
                throw new UserError(
                        "task.rows",
                        "no row of the task '" + task + "' is left to train on",
                        "its vectors would be saved as they began",
                        "add rows of it, take fewer to validate on, or leave it out of " + tasksFile);
        return data;
    }

    private static UserError withoutTask(String source, String fix) {
        return new UserError(
                "task.missing",
                "not all rows of " + source + " have a taskname",
                "a row becomes tokens by the template of its task",
                fix);
    }

    /// Tasks that rows belong to, all of which must be named.
    ///
    /// @param use what the rows are there for, in a word
    private static Set<String> tasks(List<?> rows, String use, Path tasksFile, List<String> named) {
        Set<String> tasks = new LinkedHashSet<>();
        for (Object row : rows) {
            if (!(row instanceof Example.Task(String task, Map<String, String> _, long line))) continue;
            if (!named.contains(task))
                throw new UserError(
                        "task.missing",
                        "line " + line + " of the rows to " + use + " on names the task '" + task
                                + "', which is not in " + tasksFile,
                        "only the tasks named there are trained; others of a table stay as they are",
                        "the tasks to train are: " + String.join(", ", named));
            tasks.add(task);
        }
        return tasks;
    }

    /// Refuse options and settings that a table of tasks would not follow, each with the reason.
    private void requireNoOther() {
        String template = "a task's template says how its rows are put together and what is learned of them";
        Map<String, String> given = new LinkedHashMap<>();
        if (verb.from != null && verb.table != null)
            given.put("--table", "--from names the table whose tasks are trained further");
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
        given.forEach((option, why) -> {
            throw new UserError("tune.tasks", option + " has no effect with --tasks", why, "leave it away");
        });
    }

    private int train(Work work, TuneSettings settings) {
        BaseModel base = work.base;
        work.before.ifPresent(table -> table.requireBase(base));
        Technique wanted = settings.technique(base.model().spec());
        try (PromptTable table = start(work, wanted)) {
            Technique technique = verb.from == null
                    ? wanted
                    : table.technique(table.trainedTasks().getFirst());
            TrainingOptions options = settings.options(
                    technique,
                    base.model().parameters(),
                    verb.global.seed(),
                    verb.maxTime().orElse(""));
            var job = new TuneJob(base, technique, options, PromptBundle.plain());
            var how = new TuneData.RowEncoding(
                    base.encoder(), base.model().spec().maxPositions(), settings.maxTokens(), table.ids());
            PreparedRows rows = PreparedRows.of(
                    work.data,
                    how,
                    options,
                    LearningRates.of(technique, base.model().parameters()),
                    console.progress());
            MemoryPlan plan = job.memory(table, !rows.validation().isEmpty());
            console.progress().say(plan.sentence());
            job.requireMemory(plan, plan.values());
            if (verb.findRate)
                return Tune.findRate(
                        console, work.run, base, table, rows.train().rows(), options);
            TrainingResult result;
            try (var listeners = new TuneListeners(work.run, verb.log(), console.clock(), console.progress())) {
                result = job.train(
                        table,
                        rows.train(),
                        rows.validation(),
                        checkpoints(work, identity(work, job, rows), table),
                        listeners,
                        console.progress(),
                        console.stop());
            } catch (UserError e) {
                Tune.hint(e, console, verb, work.folder);
                throw e;
            }
            if (result.end() == TrainingResult.End.STOPPED) return Tune.stopped(console, work.run, result, work.folder);
            return save(work, technique, options, table, result, plan);
        }
    }

    /// The table as training begins with it.
    private PromptTable start(Work work, Technique technique) {
        CausalLm model = work.base.model();
        List<String> names = work.templates.stream().map(TaskTemplate::name).toList();
        if (verb.from != null)
            return PromptTableFolder.readToTrain(
                    work.before.orElseThrow().folder(), model, names, technique instanceof Technique.PTuning);
        PromptTable table = work.before
                .map(saved -> PromptTableFolder.read(saved.folder(), model))
                .orElseGet(() -> PromptTable.empty(model));
        try {
            addNew(table, work, technique);
            return table;
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
    }

    /// Tasks that are p-tuned together share an LSTM; an MLP could not tell them apart.
    private void addNew(PromptTable table, Work work, Technique technique) {
        long seed = verb.global.seed();
        List<TaskTemplate> templates = work.templates;
        switch (technique) {
            case Technique.PTuning pTuning
            when pTuning.spec().encoder() instanceof Encoder.Lstm lstm && templates.size() > 1 -> {
                Map<String, int[]> names = new LinkedHashMap<>();
                for (TaskTemplate template : templates)
                    names.put(template.name(), work.base.encoder().tokenizer().encode(template.name()));
                table.withTogether(templates, lstm, names, seed);
            }
            case Technique.PTuning pTuning ->
                templates.forEach(
                        template -> table.withNew(template, pTuning.spec().encoder(), seed));
            case Technique.PromptTuning(PromptTuningSpec spec) ->
                templates.forEach(template ->
                        table.withNew(template, spec.start(), textIds(work.base, spec.text(), template), seed));
            default -> throw new IllegalStateException(technique.id() + " has no tasks");
        }
    }

    /// Where the state is kept; what an encoder makes carries the optimizer's state on to further trainings.
    private Checkpoints checkpoints(Work work, Map<String, String> identity, PromptTable table) {
        Checkpoints state = new CheckpointFolder(Tune.state(work.folder), identity, console.progress());
        List<String> tasks = table.trainedTasks();
        if (!(table.technique(tasks.getFirst()) instanceof Technique.PTuning)) return state;
        CarriedOptimizer carried = CarriedOptimizer.into(places(tasks, table, work.folder), state, console.progress());
        return verb.from == null
                ? carried
                : carried.from(places(tasks, table, work.before.orElseThrow().folder()));
    }

    private static List<Place> places(List<String> tasks, PromptTable table, Path folder) {
        return tasks.stream()
                .map(task -> new Place(table.owner(task), folder.resolve(task)))
                .toList();
    }

    private static Map<String, String> identity(Work work, TuneJob job, PreparedRows rows) {
        Map<String, String> identity =
                new LinkedHashMap<>(job.identity(rows.train().rows(), rows.validation()));
        identity.put("the templates", Digest.ofText(Json.canonical(work.templates)));
        work.before.ifPresent(table -> identity.put("the table", Customization.digest(table.folder())));
        return identity;
    }

    private int save(
            Work work,
            Technique technique,
            TrainingOptions options,
            PromptTable table,
            TrainingResult result,
            MemoryPlan plan) {
        Map<String, Object> measured = Tune.measured(result, plan);
        measured.put("trainedValues", table.trainedValues());
        Map<String, Object> configuration = new LinkedHashMap<>(Tune.configuration(technique, options, verb.global));
        configuration.put("tasks", table.trainedTasks());
        TuneData data = work.data;
        Manifest manifest = Provenance.of(
                work.base,
                Customization.PROMPT_TABLE,
                new Manifest.Data(data.source(), data.digest(), data.train().size()),
                configuration,
                measured,
                console.clock().instant());
        List<String> parents = work.before.map(before -> Customization.digest(before.folder())).stream()
                .toList();
        Path before = work.before.map(Customization::folder).orElse(work.folder);
        CustomizationWriter.table(work.folder, table, before, work.base, manifest.withParents(parents));
        Path saved = verb.name()
                .map(name -> Tune.published(verb, work.registry, work.folder, name))
                .orElse(work.folder);
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
    private static int[] textIds(BaseModel base, String given, TaskTemplate template) {
        String text = given.isBlank() ? template.template().replaceAll("<\\|[^|]*\\|>|\\{[^}]*\\}", " ") : given;
        return base.encoder().tokenizer().encode(text.isBlank() ? template.name() : text.strip());
    }
}
