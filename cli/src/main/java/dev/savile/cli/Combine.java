package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.technique.Technique;
import dev.savile.technique.lora.LoraBlend;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.prompt.PromptBundle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Run `savile combine`.
final class Combine {
    private final Console console;
    private final CombineVerb verb;

    Combine(Console console, CombineVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run() {
        TaskInputs.refuse(
                verb.rank > 0 && !verb.method.takesRank(),
                "--rank",
                "the method " + verb.method
                        + " gives the sum a rank of its own; svd and those that end in it take one");
        TaskInputs.refuse(
                verb.density != CombineVerb.DENSITY && !verb.method.takesDensity(),
                "--density",
                "the method " + verb.method + " keeps all values");
        double[] weights = weights();
        var registry = new Registry(console.env().home());
        List<Path> folders =
                verb.global.customizations().stream().map(registry::find).toList();
        List<Customization> parts = folders.stream().map(Customization::open).toList();
        CustomizationWriter.claim(verb.out, false);
        return EngineThread.call(() -> {
            Machine.Compute compute = Session.compute(verb.global, console);
            List<Customization.Attached> attached = new ArrayList<>();
            try (BaseModel base =
                    BaseModel.load(Session.locate(verb.global, console), compute.precision(), compute.device())) {
                List<LoraTuning> loras = new ArrayList<>();
                for (Customization part : parts) {
                    part.doubts(base).forEach(console.progress()::warn);
                    Customization.Attached one = part.attach(base);
                    attached.add(one);
                    if (!(one.tuning() instanceof LoraTuning lora))
                        throw new UserError(
                                "combine.technique",
                                part.folder() + " is of the technique " + part.technique(),
                                "only LoRA adapters can be added up",
                                "name LoRA adapters; techniques of other kinds are trained together as lora+prompt_tuning");
                    loras.add(lora);
                }
                return write(base, parts, loras, weights);
            } finally {
                attached.forEach(Customization.Attached::close);
            }
        });
    }

    private int write(BaseModel base, List<Customization> parts, List<LoraTuning> loras, double[] weights) {
        var settings = new LoraBlend.Settings(verb.method, verb.rank, verb.density, verb.global.seed());
        LoraBlend.Result blend = LoraBlend.of(base.model(), loras, weights, settings);
        try (LoraTuning lora = blend.lora()) {
            PromptBundle bundle = parts.getFirst().bundle().orElseGet(PromptBundle::plain);
            Map<String, Object> configuration = new LinkedHashMap<>();
            configuration.put("method", verb.method.toString());
            configuration.put("weights", weights);
            configuration.put("rank", lora.spec().rank());
            if (verb.method.takesDensity()) configuration.put("density", verb.density);
            Manifest manifest = Provenance.of(
                            base,
                            Technique.Lora.ID,
                            Manifest.Data.none(),
                            configuration,
                            Map.of("error", blend.error()),
                            console.clock().instant())
                    .withParents(parts.stream()
                            .map(part -> Customization.digest(part.folder()))
                            .toList());
            CustomizationWriter.trained(verb.out, lora, base, bundle, manifest);
            console.print(String.format(
                    Locale.ROOT,
                    "combined %d adapters by %s: rank %d, %.2f %% off the exact sum",
                    parts.size(),
                    verb.method,
                    lora.spec().rank(),
                    100 * blend.error()));
            console.print("saved " + verb.out);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("customization", verb.out.toString());
            result.put("rank", lora.spec().rank());
            result.put("error", blend.error());
            console.result(result);
            return ExitCode.OK;
        }
    }

    private double[] weights() {
        int count = verb.global.customizations().size();
        if (verb.weights == null) {
            double[] equal = new double[count];
            Arrays.fill(equal, 1.0 / count);
            return equal;
        }
        try {
            return Arrays.stream(verb.weights.split(",", -1))
                    .mapToDouble(text -> Double.parseDouble(text.strip()))
                    .toArray();
        } catch (NumberFormatException e) {
            throw new UserError(
                            "combine.weights",
                            "'" + verb.weights + "' is no list of numbers",
                            "each adapter counts by its weight",
                            "write for example --weights 0.7,0.3")
                    .causedBy(e);
        }
    }
}
