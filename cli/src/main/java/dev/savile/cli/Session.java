package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationSet;
import dev.savile.customization.Manifest;
import dev.savile.customization.Registry;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
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
/// @param names  of the customizations, as they were given
/// @param bundle the prompt that is used, if there is one
record Session(
        BaseModel base,
        Machine.Compute compute,
        List<String> names,
        CustomizationSet customizations,
        Optional<PromptBundle> bundle,
        Tuning tuning,
        Runnable release)
        implements AutoCloseable {
    /// Keys of a manifest's configuration.
    static final String QUANTIZE = "quantize";

    static final String KIND = "kind";

    static Session open(GlobalOptions options, Console console) {
        Session session = open(options, console, options.quantization(), options.precision());
        for (Customization saved : session.customizations.weights()) {
            if (saved.manifest().isEmpty()) continue;
            var own = quantization(saved);
            if (own != options.quantization())
                console.progress()
                        .warn("this customization was trained over a base with --quantize " + own + ", not "
                                + options.quantization() + "; answers differ a little");
        }
        boolean calibrated =
                session.bundle.filter(prompt -> prompt.prior() != null).isPresent();
        if (calibrated
                && session.customizations.prompt().isPresent()
                && !session.customizations.weights().isEmpty())
            console.progress()
                    .warn("the prompt was calibrated without the weights that it is used over now; measure it anew with"
                            + " savile eval --task and --calibrate");
        return session;
    }

    /// Open it with the base kept and computed as is said here, whatever the options say.
    static Session open(
            GlobalOptions options,
            Console console,
            GlobalOptions.Quantization quantization,
            GlobalOptions.PrecisionChoice precision) {
        CustomizationSet customizations = customizations(options, console);
        Optional<PromptBundle> bundle = customizations.bundle();
        Machine.Compute compute = compute(options, console, precision);
        BaseModel base =
                BaseModel.load(locate(options, console), compute.precision(), compute.device(), quantization.storage());
        try {
            for (Customization one : customizations.parts()) one.doubt(base).ifPresent(console.progress()::warn);
            Customization.Attached attached = customizations.attach(base);
            return new Session(
                    base, compute, options.customizations(), customizations, bundle, attached.tuning(), () -> {
                        attached.close();
                        base.close();
                    });
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
        customization.doubt(base).ifPresent(console.progress()::warn);
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

    /// What answers, in a word: the names of the customizations, or the base.
    String name() {
        return names.isEmpty() ? "base" : String.join(" + ", names);
    }

    /// The model under a prompt.
    TaskSystem under(PromptBundle prompt) {
        return new TaskSystem(name(), base, tuning, prompt, PromptRenderer.OverLength.REFUSE);
    }

    /// What kind of answer the prompt wants: one of its labels; else a written one, whose last number counts where
    /// the prompt was saved for a task of numbers.
    TaskKind kind() {
        if (!bundle.map(PromptBundle::labels).orElseGet(List::of).isEmpty()) return TaskKind.LABEL;
        boolean number = customizations
                .speaker()
                .flatMap(Customization::manifest)
                .map(Manifest::configuration)
                .filter(configuration -> TaskKind.NUMBER.id().equals(configuration.get(KIND)))
                .isPresent();
        return number ? TaskKind.NUMBER : TaskKind.TEXT;
    }

    /// Refuse a saved prompt where it would not be used.
    ///
    /// @param why it would not
    /// @throws UserError `cli.prompt`
    void refusePrompt(String why, String fix) {
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
