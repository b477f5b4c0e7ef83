package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.model.BaseModel;
import dev.savile.model.ModelSpec;
import dev.savile.runs.Run;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.soft.SoftTuning;
import dev.savile.text.TrainingRow;
import dev.savile.train.CarriedOptimizer;
import dev.savile.train.CarriedOptimizer.Place;
import dev.savile.train.CheckpointFolder;
import dev.savile.train.Checkpoints;
import dev.savile.train.LearningRates;
import dev.savile.train.MemoryPlan;
import dev.savile.train.RateFinder;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

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
        requireResumable(verb);
        TaskInputs.refuse(verb.table().isPresent(), "--table", "without --tasks there is nothing to add to a table");
        TuneData given = TuneData.read(verb.data, verb.examples, verb.also, verb.validation(), verb.global.seed());
        Optional<TuneTest> test = verb.test().map(_ -> TuneTest.read(console, verb, given, settings.maxTokens()));
        TuneData data = test.map(TuneTest::train).orElse(given);
        if (verb.resume
                && isFinished(verb.out().orElseThrow())
                && !ranOutOfTime(verb.out().get())) {
            TaskInputs.refuse(
                    test.isPresent(),
                    "--test",
                    "the training is finished: savile eval --with " + verb.out().get() + " --data FILE scores it");
            return finished(
                    console,
                    verb.out().get(),
                    verb.technique,
                    data.digest(),
                    made -> FinishedTraining.differences(
                            made,
                            settings,
                            spec(console, verb),
                            verb.global.seed(),
                            verb.from().isPresent()));
        }
        if (data instanceof MixedData mixed) console.progress().say(mixed.sentence());
        for (String warning : data.warnings()) console.progress().warn(warning);
        var registry = new Registry(console.env().home());
        String name = verb.name().orElse(verb.technique.replace(Technique.Combined.SIGN, "-"));
        Optional<Path> parent = verb.from().map(registry::find);
        Path folder = folder(registry, name);
        return RecordedRun.of(
                console,
                verb.global,
                "tune",
                verb.technique,
                Map.of("data", data.source(), "settings", verb.settings),
                (session, run) ->
                        train(new Work(session.base(), data, test, folder, registry, name, parent, run), settings));
    }

    /// @throws UserError `cli.resume` where it is not said what is to be resumed
    static void requireResumable(TuneVerb verb) {
        if (verb.resume && verb.out().isEmpty())
            throw new UserError(
                    "cli.resume",
                    "--resume needs --out",
                    "the checkpoint lies in the customization's folder",
                    "name the folder with --out");
    }

    /// The shape of the base that is trained, for which its weights need not be loaded.
    static ModelSpec spec(Console console, TuneVerb verb) {
        return BaseModel.spec(Session.locate(verb.global, console).folder());
    }

    /// What a training works with.
    ///
    /// @param folder to write to
    /// @param name   to save under, without `--out`
    /// @param parent adapter that is trained further
    private record Work(
            BaseModel base,
            TuneData data,
            Optional<TuneTest> test,
            Path folder,
            Registry registry,
            String name,
            Optional<Path> parent,
            Run run) {}

    /// The folder to write to; looking for a rate writes nothing.
    private Path folder(Registry registry, String name) {
        if (verb.findRate) return Path.of("");
        Path folder = verb.out().orElseGet(() -> registry.workshop(name));
        CustomizationWriter.claim(folder, verb.resume || verb.out().isEmpty());
        return folder;
    }

    /// Whether a finished training was ended by its time, and can go on from its last state.
    static boolean ranOutOfTime(Path folder) {
        return Files.isDirectory(state(folder))
                && Customization.open(folder)
                        .manifest()
                        .filter(manifest -> "time".equals(manifest.measured().get("end")))
                        .isPresent();
    }

    /// Where a training keeps its state.
    static Path state(Path folder) {
        return folder.resolve("savile").resolve("train");
    }

    static boolean isFinished(Path folder) {
        return Files.exists(folder.resolve("savile/manifest.json"));
    }

    /// A finished training answers with what its manifest says.
    ///
    /// @param technique as it is given now
    /// @param rows      digest of the rows that are given now
    /// @param settings  says which settings differ
    /// @throws UserError `tune.finished` for another technique, other rows or other settings
    static int finished(
            Console console, Path folder, String technique, String rows, Function<Manifest, List<String>> settings) {
        Customization customization = Customization.open(folder);
        String usual = technique.toLowerCase(Locale.ROOT).replace('-', '_');
        boolean other = !customization.technique().equals(usual);
        boolean changed = customization
                .manifest()
                .filter(manifest -> !manifest.data().digest().equals(rows))
                .isPresent();
        List<String> set =
                other ? List.of() : customization.manifest().map(settings).orElseGet(List::of);
        if (other || changed || !set.isEmpty())
            throw new UserError(
                    "tune.finished",
                    folder + " holds a finished " + customization.technique() + (other ? ", not " + usual : "")
                            + (changed ? ", trained on other rows than those given" : "")
                            + (set.isEmpty() ? "" : ", trained with other settings: " + String.join("; ", set)),
                    "there is nothing to go on with, and what is there would not be what was asked for",
                    "name another folder with --out");
        console.print(folder + " is finished already");
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("customization", folder.toString());
        customization.manifest().ifPresent(manifest -> result.putAll(manifest.measured()));
        console.result(result);
        return ExitCode.OK;
    }

    private int train(Work work, TuneSettings settings) {
        if (work.parent.isEmpty()) {
            Prepared prepared =
                    prepare(work, settings, settings.technique(work.base.model().spec()));
            prepared.job.requireMemory(prepared.job.memory(), 0);
            try (TrainedTuning tuning = prepared.job.start()) {
                return go(work, prepared, tuning);
            }
        }
        try (TrainedTuning tuning =
                TuneParent.read(Session.customization(work.parent.get(), work.base, console), settings, work.base)) {
            return go(work, prepare(work, settings, TuneParent.technique(tuning)), tuning);
        }
    }

    /// A training that is about to begin.
    private record Prepared(TuneJob job, Technique technique, TrainingOptions options, PreparedRows rows) {}

    /// Encode the rows, and say what should be known of them.
    private Prepared prepare(Work work, TuneSettings settings, Technique technique) {
        BaseModel base = work.base;
        TuneData data = work.data;
        if (technique instanceof Technique.Full) base.model().requireWhole("full fine-tuning");
        if (trainsBiases(technique)
                && base.model().namedParameters().keySet().stream().noneMatch(name -> name.endsWith(".bias")))
            console.progress().warn("the setting bias has no effect: this base has no biases");
        TrainingOptions options = settings.options(
                technique,
                base.model().parameters(),
                verb.global.seed(),
                verb.maxTime().orElse(""));
        var job = new TuneJob(base, technique, options, data.bundle());
        LearningRates rates = LearningRates.of(technique, base.model().parameters());
        var how = new TuneData.RowEncoding(base.encoder(), job.room(), settings.maxTokens());
        work.test.ifPresent(test -> test.requireRoom(how));
        return new Prepared(job, technique, options, PreparedRows.of(data, how, options, rates, console.progress()));
    }

    private static boolean trainsBiases(Technique technique) {
        return switch (technique) {
            case Technique.Lora(LoraSpec spec) -> spec.bias() != LoraSpec.Bias.NONE;
            case Technique.Combined(List<Technique> parts) -> parts.stream().anyMatch(Tune::trainsBiases);
            default -> false;
        };
    }

    private int go(Work work, Prepared prepared, TrainedTuning tuning) {
        TuneJob job = prepared.job;
        MemoryPlan plan = job.memory(tuning, !prepared.rows.validation().isEmpty());
        console.progress().say(plan.sentence());
        job.requireMemory(plan, plan.values());
        if (verb.findRate)
            return findRate(
                    console, work.run, work.base, tuning, prepared.rows.train().rows(), prepared.options);
        TrainingResult result;
        try (var listeners = new TuneListeners(work.run, verb.log(), console.clock(), console.progress())) {
            result = job.train(
                    tuning,
                    prepared.rows.train(),
                    prepared.rows.validation(),
                    checkpoints(work, prepared, tuning),
                    listeners,
                    console.progress(),
                    console.stop());
        } catch (UserError e) {
            hint(e, console, verb, work.folder);
            throw e;
        }
        if (result.end() == TrainingResult.End.STOPPED) return stopped(console, work.run, result, work.folder);
        return save(work, prepared, tuning, result, plan);
    }

    /// Say where a training that diverged can be found.
    static void hint(UserError e, Console console, TuneVerb verb, Path folder) {
        if (e.code().equals("train.diverged") && verb.out().isEmpty())
            console.progress().warn("to go on with this training, add --out " + folder);
    }

    /// Say how a training that was stopped goes on.
    static int stopped(Console console, Run run, TrainingResult result, Path folder) {
        run.interrupted();
        console.print(
                "stopped after step " + result.steps() + "; go on with the same command and --resume --out " + folder);
        return ExitCode.STOPPED;
    }

    /// Give a finished folder its name, unless it was to be written elsewhere; return where it lies. A training that
    /// was stopped goes on in the registry's own workshop, named with `--out`.
    static Path published(TuneVerb verb, Registry registry, Path folder, String name) {
        boolean own = verb.out().isEmpty() || registry.isWorkshop(folder, name);
        return own ? registry.publish(folder, name) : folder;
    }

    /// Where the state is kept; what an encoder makes carries the optimizer's state on to further trainings.
    private Checkpoints checkpoints(Work work, Prepared prepared, TrainedTuning tuning) {
        Map<String, String> identity =
                new LinkedHashMap<>(prepared.job.identity(prepared.rows.train().rows(), prepared.rows.validation()));
        work.parent.ifPresent(folder -> identity.put("the adapter of --from", Customization.digest(folder)));
        Checkpoints state = new CheckpointFolder(state(work.folder), identity, console.progress());
        if (!encoded(tuning)) return state;
        CarriedOptimizer carried = CarriedOptimizer.into(Place.alone(work.folder), state, console.progress());
        return work.parent.map(parent -> carried.from(Place.alone(parent))).orElse(carried);
    }

    private static boolean encoded(TrainedTuning tuning) {
        return switch (tuning) {
            case SoftTuning soft -> soft.encoded();
            case Combination combination ->
                combination.parts().values().stream().anyMatch(Tune::encoded);
            default -> false;
        };
    }

    private int save(Work work, Prepared prepared, TrainedTuning tuning, TrainingResult result, MemoryPlan plan) {
        TuneData data = work.data;
        Map<String, Object> measured = measured(result, plan);
        measured.put("trainedValues", tuning.trainedValues());
        Manifest manifest = Provenance.of(
                work.base,
                prepared.technique.id(),
                new Manifest.Data(data.source(), data.digest(), data.train().size()),
                configuration(prepared.technique, prepared.options, verb.global),
                measured,
                console.clock().instant());
        List<String> parents = work.parent.map(Customization::digest).stream().toList();
        CustomizationWriter.trained(work.folder, tuning, work.base, data.bundle(), manifest.withParents(parents));
        Path saved = published(verb, work.registry, work.folder, work.name);
        Map<String, Object> fields = report(saved, work.run, result, measured);
        Optional<Map<String, Object>> tested =
                work.test.flatMap(test -> test.score(console, verb, work.base, tuning, data.bundle()));
        tested.ifPresent(found -> fields.put("test", found));
        work.run.finish(fields);
        console.result(fields);
        if (work.test.isEmpty() || tested.isPresent()) return ExitCode.OK;
        console.print("stopped before all test rows were scored; savile eval --with " + saved + " scores them");
        return ExitCode.STOPPED;
    }

    /// Look for a learning rate, print what was found, and end the run.
    ///
    /// @param tuning whose values are worthless afterwards
    static int findRate(
            Console console,
            Run run,
            BaseModel base,
            TrainedTuning tuning,
            List<? extends TrainingRow> rows,
            TrainingOptions options) {
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

    /// Everything that decides how a customization was made, for its manifest.
    static Map<String, Object> configuration(Technique technique, TrainingOptions options, GlobalOptions global) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("technique", Json.strict().valueToTree(technique));
        configuration.put("training", Json.strict().valueToTree(options));
        if (global.quantization() != GlobalOptions.Quantization.NONE)
            configuration.put(Session.QUANTIZE, global.quantization().toString());
        return configuration;
    }

    static Map<String, Object> measured(TrainingResult result, MemoryPlan plan) {
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("steps", result.steps());
        measured.put("end", result.end().name().toLowerCase(Locale.ROOT));
        measured.put("rowsPerSecond", result.rowsPerSecond());
        measured.put("tokensPerSecond", result.tokensPerSecond());
        measured.put("peakBytes", result.peakBytes());
        measured.put("plannedBytes", plan.total());
        measured.put("loss", result.loss());
        measured.put("seconds", result.seconds());
        result.validation().ifPresent(fit -> {
            measured.put("validationLoss", fit.loss());
            measured.put("validationTokenAccuracy", fit.tokenAccuracy());
            measured.put("validationReplyMatch", fit.replyMatch());
            measured.put("bestStep", result.bestStep());
        });
        return measured;
    }

    /// @return what programs are told
    private Map<String, Object> report(Path saved, Run run, TrainingResult result, Map<String, Object> measured) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("customization", saved.toString());
        fields.put("run", run.id());
        fields.putAll(measured);
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
        return fields;
    }
}
