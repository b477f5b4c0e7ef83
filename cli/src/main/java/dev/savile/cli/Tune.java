package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.PeftFolder;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import dev.savile.runs.Run;
import dev.savile.runs.RunStore;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.DataCheck;
import dev.savile.train.MemoryPlan;
import dev.savile.train.RateFinder;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingLog;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Run `savile tune`.
final class Tune {
    /// Learning rates that `--find-rate` tries.
    private static final int RATES = 60;

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
        TuneData data = TuneData.read(verb.data, verb.examples, verb.also, verb.validation(), verb.global.seed());
        if (data instanceof MixedData mixed) console.progress().say(mixed.sentence());
        for (String warning : data.warnings()) console.progress().warn(warning);
        var registry = new Registry(console.env().home());
        String name = verb.name().orElse(verb.technique.replace(Technique.Combined.SIGN, "-"));
        Path folder = folder(registry, name);
        return EngineThread.call(() -> {
            try (RunStore store = RunStore.open(console.env().home(), console.clock());
                    Run run = store.start(
                            "tune", verb.technique, Map.of("data", data.source(), "settings", verb.settings));
                    Session session = Session.open(verb.global, console)) {
                try {
                    return train(session.base(), settings, data, folder, registry, name, run);
                } catch (RuntimeException e) {
                    run.fail(e);
                    throw e;
                }
            }
        });
    }

    /// The folder to write to; looking for a rate writes nothing.
    private Path folder(Registry registry, String name) {
        if (verb.findRate) return Path.of("");
        Path folder = verb.out().orElseGet(() -> registry.workshop(name));
        CustomizationWriter.claim(folder, verb.resume || verb.out().isEmpty());
        return folder;
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
            TuneData data,
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
        PromptBundle bundle = data.bundle();
        var job = new TuneJob(base, technique, options, bundle);
        TuneJob.Encoded rows = data.train(base.encoder(), job.room(), settings.maxTokens());
        if (rows.dropped() > 0) console.progress().warn(rows.dropped() + " rows are too long and were left out");
        if (rows.cut() > 0) console.progress().warn(rows.cut() + " rows were shortened to fit");
        List<? extends TrainingRow> validation = data.held().isEmpty()
                ? List.of()
                : data.validation(base.encoder(), job.room(), settings.maxTokens())
                        .rows();
        Set<TrainingRow> once = Collections.newSetFromMap(new IdentityHashMap<>()); // rows that weights repeat
        DataCheck check = DataCheck.of(rows.rows().stream().filter(once::add).toList(), validation);
        console.progress().say(check.sentence());
        check.warnings().forEach(console.progress()::warn);
        if (technique instanceof Technique.Full) base.model().requireWhole("full fine-tuning");
        long values = technique instanceof Technique.Full ? base.model().parameters() : 0;
        job.requireMemory(job.memory(values), 0);
        if (verb.findRate) return findRate(job, options, base, rows.rows(), run);
        var checkpoints = new CheckpointFolder(
                folder.resolve("savile").resolve("train"), job.identity(rows.rows()), console.progress());
        Optional<Path> from = verb.from().map(registry::find);
        try (TrainedTuning tuning =
                        from.map(given -> further(given, technique, base)).orElseGet(job::start);
                Listeners listeners = listeners(run)) {
            MemoryPlan plan = job.memory(tuning.trainedValues());
            console.progress().say(plan.sentence());
            job.requireMemory(plan, plan.values());
            TrainingResult result = job.train(
                    tuning, rows.rows(), validation, checkpoints, listeners, console.progress(), console.stop());
            if (result.end() == TrainingResult.End.STOPPED) {
                run.interrupted();
                console.print("stopped after step " + result.steps()
                        + "; go on with the same command and --resume --out " + folder);
                return ExitCode.STOPPED;
            }
            Map<String, Object> measured = measured(result);
            measured.put("trainedValues", tuning.trainedValues());
            Manifest manifest = Provenance.of(
                    base,
                    technique.id(),
                    new Manifest.Data(data.source(), data.digest(), data.train().size()),
                    configuration(technique, options, verb.global),
                    measured,
                    console.clock().instant());
            List<String> parents = from.map(Customization::digest).stream().toList();
            CustomizationWriter.trained(folder, tuning, base, bundle, manifest.withParents(parents));
            Path saved = verb.out().isPresent() ? folder : registry.publish(folder, name);
            report(saved, run, result, measured);
            return ExitCode.OK;
        }
    }

    /// Take a saved adapter's values to start from.
    private static TrainedTuning further(Path folder, Technique technique, BaseModel base) {
        Customization saved = Customization.open(folder);
        if (!saved.technique().equals(technique.id()) || !PeftFolder.isIn(folder))
            throw new UserError(
                    "tune.from",
                    folder + " is of the technique " + saved.technique(),
                    technique.id() + " cannot go on from it, or its layout is not PEFT's",
                    "name the same technique as before, one of lora, dora, ia3 and the soft prompts");
        saved.requireBase(base);
        return PeftFolder.readToTrain(folder, base.model());
    }

    private int findRate(
            TuneJob job, TrainingOptions options, BaseModel base, List<? extends TrainingRow> rows, Run run) {
        try (TrainedTuning tuning = job.start()) {
            RateFinder.Result found =
                    RateFinder.find(base.model(), tuning, rows, options, RATES, console.progress(), console.stop());
            for (RateFinder.Point point : found.points())
                console.print(String.format(Locale.ROOT, "  %.2e  loss %.4f", point.rate(), point.loss()));
            console.print(
                    Double.isNaN(found.suggestion())
                            ? "the loss fell at no rate: there is nothing to suggest"
                            : String.format(Locale.ROOT, "suggestion: --set learning-rate=%.1e", found.suggestion()));
            Map<String, Object> result = new LinkedHashMap<>();
            if (!Double.isNaN(found.suggestion())) result.put("learningRate", found.suggestion());
            result.put("points", found.points());
            run.finish(result);
            console.result(result);
            return ExitCode.OK;
        }
    }

    /// Everything that decides how a customization was made, for its manifest.
    static Map<String, Object> configuration(Technique technique, TrainingOptions options, GlobalOptions global) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("technique", Json.strict().valueToTree(technique));
        configuration.put("training", Json.strict().valueToTree(options));
        if (global.quantization() != GlobalOptions.Quantization.NONE)
            configuration.put(Session.QUANTIZE, global.quantization().toString());
        return configuration;
    }

    static Map<String, Object> measured(TrainingResult result) {
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

    /// Hands events to the store of runs and, if asked to, to files.
    private record Listeners(TrainingListener store, Optional<TrainingLog> files)
            implements TrainingListener, AutoCloseable {
        @Override
        public void step(StepEvent event) {
            store.step(event);
            files.ifPresent(log -> log.step(event));
        }

        @Override
        public void validated(long step, double loss, boolean best) {
            store.validated(step, loss, best);
            files.ifPresent(log -> log.validated(step, loss, best));
        }

        @Override
        public void close() {
            files.ifPresent(TrainingLog::close);
        }
    }

    private Listeners listeners(Run run) {
        return new Listeners(listener(run), verb.log().map(folder -> new TrainingLog(folder, console.clock())));
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
