package dev.savile.cli;

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
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.DataCheck;
import dev.savile.train.TaskEncoder;
import dev.savile.train.Trainer;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        List<TaskTemplate> templates = Arrays.asList(Json.read(tasksFile, TaskTemplate[].class));
        Path out = verb.out()
                .orElseThrow(() -> new UserError(
                        "tune.out",
                        "no folder was given for the table",
                        "a table with another task is another version",
                        "name one with --out"));
        Path before = verb.table()
                .map(name -> new Registry(console.env().home()).find(name))
                .orElse(out);
        ExampleData data = ExampleReader.read(Rows.file(verb.data), ExampleReader.Fields.usual());
        List<String> named = templates.stream().map(TaskTemplate::name).toList();
        for (Example example : data.rows())
            if (!(example instanceof Example.Task(String task, Map<String, String> _, long line))
                    || !named.contains(task))
                throw new UserError(
                        "task.missing",
                        "line " + example.line() + " of " + data.source() + " belongs to no task of " + tasksFile,
                        "only new tasks are trained; those of a table stay as they are",
                        "the new tasks are: " + String.join(", ", named));
        CustomizationWriter.claim(out, verb.resume);
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console)) {
                return train(session.base(), templates, data, before, out);
            }
        });
    }

    private int train(BaseModel base, List<TaskTemplate> templates, ExampleData data, Path before, Path out) {
        var settings = new TuneSettings(verb.technique, verb.settings);
        Technique technique = settings.technique(base.model().spec());
        Encoder encoder =
                technique instanceof Technique.PTuning pTuning ? pTuning.spec().encoder() : new Encoder.None();
        TrainingOptions options = settings.options(
                technique,
                base.model().parameters(),
                verb.global.seed(),
                verb.maxTime().orElse(""));
        PromptTable started = verb.table().isPresent()
                ? PromptTableFolder.read(before, base.model())
                : PromptTable.empty(base.model());
        try (PromptTable table = started) {
            for (TaskTemplate template : templates)
                table.withNew(template, encoder, textIds(base, technique, template), verb.global.seed());
            int vocabulary = base.model().spec().vocabulary();
            var encoded = new TaskEncoder(
                            base.encoder(),
                            table,
                            vocabulary,
                            base.model().spec().maxPositions())
                    .encode(data.rows());
            if (encoded.dropped() > 0)
                console.progress().warn(encoded.dropped() + " rows are too long and were left out");
            console.progress().say(DataCheck.of(encoded.rows(), List.of()).sentence());
            var job = new TuneJob(base, technique, options, PromptBundle.plain());
            var checkpoints = new CheckpointFolder(
                    out.resolve("savile").resolve("train"), job.identity(encoded.rows()), console.progress());
            TrainingResult result = new Trainer(
                            base.model(),
                            table,
                            options,
                            checkpoints,
                            TrainingListener.NONE,
                            console.progress(),
                            console.stop())
                    .run(encoded.rows());
            if (result.end() == TrainingResult.End.STOPPED) {
                console.print("stopped after step " + result.steps() + "; go on with the same command and --resume");
                return ExitCode.STOPPED;
            }
            Map<String, Object> measured = Tune.measured(result);
            measured.put("trainedValues", table.trainedValues());
            Map<String, Object> configuration =
                    new LinkedHashMap<>(Tune.configuration(technique, options, verb.global));
            configuration.put("tasks", table.trainedTasks());
            Manifest manifest = Provenance.of(
                    base,
                    Customization.PROMPT_TABLE,
                    new Manifest.Data(
                            data.source(),
                            ExampleData.digest(data.rows()),
                            data.rows().size()),
                    configuration,
                    measured,
                    console.clock().instant());
            CustomizationWriter.table(out, table, before, base, manifest);
            console.print("trained " + String.join(", ", table.trainedTasks()) + "; saved " + out);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("customization", out.toString());
            fields.put("tasks", new ArrayList<>(PromptTableFolder.tasks(out)));
            fields.putAll(measured);
            console.result(fields);
            return ExitCode.OK;
        }
    }

    /// Bare vectors start from the text given, else from the task's own template without its marks and fields.
    private static int[] textIds(BaseModel base, Technique technique, TaskTemplate template) {
        String given =
                technique instanceof Technique.PromptTuning soft ? soft.spec().text() : "";
        String text = given.isBlank() ? template.template().replaceAll("<\\|[^|]*\\|>|\\{[^}]*\\}", " ") : given;
        return base.encoder().tokenizer().encode(text.isBlank() ? template.name() : text.strip());
    }
}
