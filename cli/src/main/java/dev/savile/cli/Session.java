package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationSet;
import dev.savile.customization.Manifest;
import dev.savile.customization.PromptTableFolder;
import dev.savile.customization.Registry;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.DemoVectors;
import dev.savile.technique.prompt.EmbeddingCache;
import dev.savile.technique.prompt.HiddenStateEmbedder;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A loaded model with the customizations that were asked for. Opened and closed on the engine's thread.
///
/// @param names    of the customizations, as they were given
/// @param embedder finds worked examples near to a message, for all prompts that are used
record Session(
        BaseModel base,
        Machine.Compute compute,
        List<String> names,
        CustomizationSet customizations,
        Tuning tuning,
        EmbeddingCache embedder,
        Runnable release)
        implements AutoCloseable {
    /// Keys of a manifest's configuration.
    static final String QUANTIZE = "quantize";

    static final String KIND = "kind";

    /// Digest of the weights under which a prompt was made; empty for the base alone.
    static final String UNDER = "made-under-weights";

    /// Open it to answer with: a table of tasks is refused, since without one of them the base would answer alone.
    ///
    /// @throws UserError `customization.task` beside those of [#openTable]
    static Session open(GlobalOptions options, Console console) {
        CustomizationSet customizations = customizations(options, console);
        customizations.parts().forEach(Session::refuseTable);
        return warned(options, console, customizations);
    }

    private static void refuseTable(Customization customization) {
        if (!customization.technique().equals(Customization.PROMPT_TABLE)) return;
        throw new UserError(
                "customization.task",
                customization.folder() + " is a table of soft prompts, and no task of it is named",
                "a task's template says where its tokens stand; without one the base would answer alone",
                "use savile generate --with " + customization.folder() + " --task NAME --field ...; the tasks are: "
                        + String.join(", ", PromptTableFolder.tasks(customization.folder())));
    }

    /// Open it where tasks of a table can be named.
    ///
    /// @throws UserError those of customizations, models and memory
    static Session openTable(GlobalOptions options, Console console) {
        return warned(options, console, customizations(options, console));
    }

    private static Session warned(GlobalOptions options, Console console, CustomizationSet customizations) {
        Session session = open(options, console, customizations, options.quantization(), options.precision());
        for (Customization saved : session.customizations.weights()) {
            if (saved.manifest().isEmpty()) continue;
            var own = quantization(saved);
            if (own != options.quantization())
                console.progress()
                        .warn("this customization was trained over a base with --quantize " + own + ", not "
                                + options.quantization() + "; answers differ a little");
        }
        session.uncalibrated().ifPresent(console.progress()::warn);
        return session;
    }

    /// Open it with the base kept and computed as is said here, whatever the options say.
    static Session open(
            GlobalOptions options,
            Console console,
            GlobalOptions.Quantization quantization,
            GlobalOptions.PrecisionChoice precision) {
        return open(options, console, customizations(options, console), quantization, precision);
    }

    private static Session open(
            GlobalOptions options,
            Console console,
            CustomizationSet customizations,
            GlobalOptions.Quantization quantization,
            GlobalOptions.PrecisionChoice precision) {
        Machine.Compute compute = compute(options, console, precision);
        BaseModel base =
                BaseModel.load(locate(options, console), compute.precision(), compute.device(), quantization.storage());
        try {
            for (Customization one : customizations.parts()) one.doubts(base).forEach(console.progress()::warn);
            Customization.Attached attached = customizations.attach(base);
            var session = new Session(
                    base,
                    compute,
                    options.customizations(),
                    customizations,
                    attached.tuning(),
                    HiddenStateEmbedder.cached(base, console.progress()),
                    () -> {
                        attached.close();
                        base.close();
                    });
            customizations.prompt().ifPresent(session::recall);
            return session;
        } catch (RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /// Open what `--with` names, before a model is loaded.
    static CustomizationSet customizations(GlobalOptions options, Console console) {
        var registry = new Registry(console.env().home());
        return new CustomizationSet(options.customizations().stream()
                .map(registry::find)
                .map(Customization::open)
                .toList());
    }

    /// Open a customization that is to be put over a base, with a warning where it names another.
    static Customization customization(Path folder, BaseModel base, Console console) {
        Customization customization = Customization.open(folder);
        refuseTable(customization);
        customization.doubts(base).forEach(console.progress()::warn);
        return customization;
    }

    /// How the base of a customization was kept when it was trained.
    static GlobalOptions.Quantization quantization(Customization customization) {
        return customization
                .manifest()
                .map(manifest -> manifest.configuration().get(QUANTIZE))
                .map(Object::toString)
                .flatMap(name -> Arrays.stream(GlobalOptions.Quantization.values())
                        .filter(known -> known.toString().equals(name))
                        .findFirst())
                .orElse(GlobalOptions.Quantization.NONE);
    }

    /// What is computed with, as the options say or as is faster here.
    static Machine.Compute compute(GlobalOptions options, Console console) {
        return compute(options, console, options.precision());
    }

    private static Machine.Compute compute(
            GlobalOptions options, Console console, GlobalOptions.PrecisionChoice precision) {
        return Machine.resolve(console.env().home(), precision.toString(), options.device(), options.threads());
    }

    static ModelFiles locate(GlobalOptions options, Console console) {
        var locator = new ModelLocator(console.env(), console.progress());
        return options.model().map(locator::locate).orElseGet(locator::locateDefault);
    }

    /// The prompt that is used, if there is one.
    ///
    /// @throws UserError `customization.prompts` where it is not said which
    Optional<PromptBundle> bundle() {
        return customizations.bundle();
    }

    /// What answers, in a word: the names of the customizations, or the base.
    String name() {
        return names.isEmpty() ? "base" : String.join(" + ", names);
    }

    /// The model under a prompt.
    TaskSystem under(PromptBundle prompt) {
        return new TaskSystem(name(), base, tuning, prompt, PromptRenderer.OverLength.REFUSE, embedder);
    }

    /// Know the examples of a saved prompt by the vectors that lie beside it.
    void recall(Customization saved) {
        saved.bundle().ifPresent(bundle -> DemoVectors.recall(saved.folder(), bundle, embedder));
    }

    /// What kind of answer the prompt wants: one of its labels; else that of the task that it was saved for; else a
    /// written one.
    TaskKind kind() {
        if (!bundle().map(PromptBundle::labels).orElseGet(List::of).isEmpty()) return TaskKind.LABEL;
        Object recorded = customizations
                .speaker()
                .flatMap(Customization::manifest)
                .map(manifest -> manifest.configuration().get(KIND))
                .orElse(TaskKind.TEXT.id());
        return Arrays.stream(TaskKind.values())
                .filter(kind -> kind != TaskKind.LABEL && kind.id().equals(recorded))
                .findFirst()
                .orElse(TaskKind.TEXT);
    }

    /// Say where the labels were calibrated under other weights than those that answer now.
    private Optional<String> uncalibrated() {
        Optional<Customization> prompt = customizations.prompt();
        Optional<Manifest> saved = prompt.flatMap(Customization::manifest);
        boolean calibrated = prompt.flatMap(Customization::bundle)
                .filter(bundle -> bundle.prior() != null)
                .isPresent();
        if (!calibrated || saved.isEmpty()) return Optional.empty();
        String under = String.valueOf(saved.get().configuration().getOrDefault(UNDER, ""));
        return under.equals(customizations.weightsDigest())
                ? Optional.empty()
                : Optional.of("the prompt was calibrated under other weights than those that answer now; savile eval"
                        + " --task and savile prompt save measure it anew with --calibrate");
    }

    /// Refuse a saved prompt where it would not be used.
    ///
    /// @param why it would not
    /// @throws UserError `cli.prompt`
    void refusePrompt(String why, String fix) {
        refusePrompt(customizations, why, fix);
    }

    /// Do it before a model is loaded.
    static void refusePrompt(CustomizationSet customizations, String why, String fix) {
        if (customizations.prompt().isPresent())
            throw new UserError(
                    "cli.prompt",
                    "the prompt " + customizations.prompt().get().folder() + " would not be used",
                    why,
                    fix);
    }

    /// Names and digests of the customizations, for results.
    List<Map<String, Object>> provenance() {
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Customization one = customizations.parts().get(i);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", names.get(i));
            fields.put("technique", one.technique());
            fields.put("digest", Customization.digest(one.folder()));
            all.add(fields);
        }
        return all;
    }

    @Override
    public void close() {
        release.run();
    }
}
