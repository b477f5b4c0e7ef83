package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.Registry;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.PromptBundle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A loaded model with the customization that was asked for. Opened and closed on the engine's thread.
record Session(
        BaseModel base, Machine.Compute compute, Optional<Customization> customization, Tuning tuning, Runnable release)
        implements AutoCloseable {
    /// Key of a manifest's configuration.
    static final String QUANTIZE = "quantize";

    static Session open(GlobalOptions options, Console console) {
        Session session = open(options, console, options.quantization(), options.precision());
        session.customization.filter(saved -> saved.manifest().isPresent()).ifPresent(saved -> {
            var own = quantization(saved);
            if (!saved.technique().equals(Technique.Prompt.ID) && own != options.quantization())
                console.progress()
                        .warn("this customization was trained over a base with --quantize " + own + ", not "
                                + options.quantization() + "; answers differ a little");
        });
        return session;
    }

    /// Open it with the base kept and computed as is said here, whatever the options say.
    static Session open(
            GlobalOptions options,
            Console console,
            GlobalOptions.Quantization quantization,
            GlobalOptions.PrecisionChoice precision) {
        if (options.customizations().size() > 1)
            throw new UserError(
                    "cli.with",
                    options.customizations().size() + " customizations were given",
                    "combining several is not possible yet",
                    "name one with --with");
        Machine.Compute compute = compute(options, console, precision);
        BaseModel base =
                BaseModel.load(locate(options, console), compute.precision(), compute.device(), quantization.storage());
        List<String> with = options.customizations();
        if (with.isEmpty()) return new Session(base, compute, Optional.empty(), Tuning.NONE, base::close);
        Path folder = new Registry(console.env().home()).find(with.getFirst());
        Customization customization = customization(folder, base, console);
        Customization.Attached attached = customization.attach(base);
        return new Session(base, compute, Optional.of(customization), attached.tuning(), () -> {
            attached.close();
            base.close();
        });
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

    /// The prompt that belongs to the customization, if it has one.
    Optional<PromptBundle> bundle() {
        return customization.flatMap(Customization::bundle);
    }

    @Override
    public void close() {
        release.run();
    }
}
