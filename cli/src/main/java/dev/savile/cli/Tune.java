package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.data.Duplicates;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import dev.savile.runs.Run;
import dev.savile.runs.RunStore;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.EncodedRow;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Run `savile tune`.
final class Tune {
    private final Console console;
    private final TuneVerb verb;

    Tune(Console console, TuneVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run() {
        Interrupts.watch(console, "the step is finished and a checkpoint written");
        var settings = new TuneSettings(verb.technique, verb.settings);
        if (verb.resume && verb.out().isEmpty())
            throw new UserError(
                    "cli.resume",
                    "--resume needs --out",
                    "the checkpoint lies in the customization's folder",
                    "name the folder with --out");
        if (verb.resume
                && verb.out().isPresent()
                && Files.exists(verb.out().get().resolve("savile/manifest.json")))
            return finished(verb.out().get());
        LabelledData data = Rows.read(verb.data);
        for (String warning : data.warnings()) console.progress().warn(warning);
        Prepared prepared = prepare(data);
        var registry = new Registry(console.env().home());
        String name = verb.name().orElse(verb.technique);
        Path folder = verb.out().orElseGet(() -> registry.workshop(name));
        CustomizationWriter.claim(folder, verb.resume || verb.out().isEmpty());
        return EngineThread.call(() -> {
            try (RunStore store = RunStore.open(console.env().home(), console.clock());
                    Run run = store.start(
                            "tune", verb.technique, Map.of("data", data.source(), "settings", verb.settings));
                    Session session = Session.open(verb.global, console)) {
                try {
                    return train(session.base(), settings, data, prepared, folder, registry, name, run);
                } catch (RuntimeException e) {
                    run.fail(e);
                    throw e;
                }
            }
        });
    }

    private record Prepared(List<LabelledRow> train, List<LabelledRow> validation) {}

    private Prepared prepare(LabelledData data) {
        if (verb.validation().isEmpty()) return new Prepared(data.rows(), List.of());
        String given = verb.validation().get();
        boolean number = given.matches("[-+]?\\d*\\.?\\d+([eE][-+]?\\d+)?") && !Files.exists(Path.of(given));
        if (number && !(Double.parseDouble(given) > 0 && Double.parseDouble(given) < 1))
            throw new UserError(
                    "tune.validation",
                    "the share " + given + " of rows to validate on is not above 0 and below 1",
                    "some rows must be left to train on, and some to validate",
                    "write --validation 0.1, or name a file");
        if (!number)
            return new Prepared(
                    data.rows(), Rows.read(Path.of(given), verb.data).rows());
        int wanted = (int) Math.round(Double.parseDouble(given) * data.rows().size());
        Duplicates duplicates = Duplicates.of(data.rows());
        Split split = Splitter.holdOut(duplicates, wanted, verb.global.seed());
        return new Prepared(split.train(), split.select());
    }

    /// A finished training answers with what its manifest says.
    private int finished(Path folder) {
        Customization customization = Customization.open(folder);
        console.print(folder + " is finished already");
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("customization", folder.toString());
        customization.manifest().ifPresent(manifest -> result.putAll(manifest.measured()));
        console.result(result);
        return ExitCode.OK;
    }

    private int train(
            BaseModel base,
            TuneSettings settings,
            LabelledData data,
            Prepared prepared,
            Path folder,
            Registry registry,
            String name,
            Run run) {
        Technique technique = settings.technique(base.model().spec());
        TrainingOptions options = settings.options(
                technique,
                base.model().parameters(),
                verb.global.seed(),
                verb.maxTime().orElse(""));
        PromptBundle bundle = PromptBundle.trainedClassification(data.labels());
        var job = new TuneJob(base, technique, options, bundle);
        TuneJob.Encoded rows = job.encode(prepared.train(), Rows.overLength(verb.data));
        if (rows.dropped() > 0)
            console.progress().warn(rows.dropped() + " rows are longer than the context and were left out");
        if (rows.cut() > 0)
            console.progress().warn(rows.cut() + " texts were cut at their beginning to fit the context");
        List<EncodedRow> validation = prepared.validation().isEmpty()
                ? List.of()
                : job.encode(prepared.validation(), Rows.overLength(verb.data)).rows();
        long values = technique instanceof Technique.Full ? base.model().parameters() : 0;
        console.progress().say("estimated memory: " + Units.bytes(job.estimatedBytes(values)) + " beside the model");
        job.requireMemory(values);
        var checkpoints = new CheckpointFolder(
                folder.resolve("savile").resolve("train"), job.identity(rows.rows()), console.progress());
        try (TrainedTuning tuning = job.start()) {
            TrainingResult result = job.train(
                    tuning, rows.rows(), validation, checkpoints, listener(run), console.progress(), console.stop());
            if (result.end() == TrainingResult.End.STOPPED) {
                run.interrupted();
                console.print("stopped after step " + result.steps()
                        + "; go on with the same command and --resume --out " + folder);
                return ExitCode.STOPPED;
            }
            Map<String, Object> measured = measured(result);
            Manifest manifest = Provenance.of(
                    base,
                    technique.id(),
                    new Manifest.Data(
                            data.source(),
                            LabelledData.digest(prepared.train()),
                            prepared.train().size()),
                    configuration(technique, options),
                    measured,
                    console.clock().instant());
            CustomizationWriter.trained(folder, tuning, base, bundle, manifest);
            Path saved = verb.out().isPresent() ? folder : registry.publish(folder, name);
            report(saved, run, result, measured);
            return ExitCode.OK;
        }
    }

    private static Map<String, Object> configuration(Technique technique, TrainingOptions options) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("technique", Json.strict().valueToTree(technique));
        configuration.put("training", Json.strict().valueToTree(options));
        return configuration;
    }

    private static Map<String, Object> measured(TrainingResult result) {
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("steps", result.steps());
        measured.put("end", result.end().name().toLowerCase(Locale.ROOT));
        measured.put("rowsPerSecond", result.rowsPerSecond());
        measured.put("tokensPerSecond", result.tokensPerSecond());
        measured.put("peakBytes", result.peakBytes());
        measured.put("loss", result.loss());
        measured.put("seconds", result.seconds());
        if (Double.isFinite(result.validationLoss())) measured.put("validationLoss", result.validationLoss());
        return measured;
    }

    private static TrainingListener listener(Run run) {
        return new TrainingListener() {
            @Override
            public void step(StepEvent event) {
                run.event(
                        "step",
                        Map.of(
                                "step", event.step(),
                                "loss", event.loss(),
                                "learning-rate", event.learningRate(),
                                "gradient-norm", event.gradientNorm(),
                                "tokens", event.tokens(),
                                "seconds", event.seconds()));
            }

            @Override
            public void validated(long step, double loss, boolean best) {
                run.event("validation", Map.of("step", step, "loss", loss, "best", best));
            }
        };
    }

    private void report(Path saved, Run run, TrainingResult result, Map<String, Object> measured) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("customization", saved.toString());
        fields.put("run", run.id());
        fields.putAll(measured);
        run.finish(fields);
        console.print(String.format(
                Locale.ROOT,
                "trained %d steps in %s: loss %.3f, %.1f rows/s, %.0f tokens/s, peak memory %s",
                result.steps(),
                Units.seconds(result.seconds()),
                result.loss(),
                result.rowsPerSecond(),
                result.tokensPerSecond(),
                Units.bytes(result.peakBytes())));
        console.print("saved " + saved);
        console.result(fields);
    }
}
