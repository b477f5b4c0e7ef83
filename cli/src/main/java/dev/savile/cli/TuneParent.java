package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.customization.AdapterHubFolder;
import dev.savile.customization.Customization;
import dev.savile.customization.PeftFolder;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.SoftPromptTuning;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// Read what `--from` names: a saved adapter, whose own settings of its technique hold.
final class TuneParent {
    /// The one setting of a technique that is a matter of training, which an adapter's files do not have.
    private static final String PLUS_RATIO = "plus-ratio";

    private TuneParent() {}

    /// Read an adapter's values to train them further.
    ///
    /// @throws UserError `tune.from` for another technique, full weights, or a setting that the adapter has
    ///     already; those of [Customization#open] and [Customization#requireBase]
    static TrainedTuning read(Customization saved, TuneSettings settings, BaseModel base) {
        Path folder = saved.folder();
        String technique = settings.technique(base.model().spec()).id();
        boolean full = technique.equals(Technique.Full.ID);
        if (!saved.technique().equals(technique) || full)
            throw new UserError(
                    "tune.from",
                    folder + " is of the technique " + saved.technique(),
                    full ? "it is no adapter but weights in place of the base's" : technique + " cannot go on from it",
                    full
                            ? "train it as the base that it is: savile tune full --model " + folder
                            : "name the same technique as before");
        for (String key : settings.ofTechnique())
            if (!key.equals(PLUS_RATIO) && !key.endsWith("." + PLUS_RATIO))
                throw new UserError(
                        "tune.from",
                        "the setting " + key + " has no effect with --from",
                        "the adapter in " + folder + " has its own, which hold",
                        "leave --set " + key + " away, or train anew without --from");
        saved.requireBase(base);
        JsonNode trained = saved.manifest()
                .map(manifest -> Json.strict()
                        .<JsonNode>valueToTree(manifest.configuration())
                        .path("technique"))
                .orElse(MissingNode.getInstance());
        List<TuneSettings> parts = settings.parts();
        if (parts.isEmpty()) return read(folder, settings, trained, base.model());
        Map<String, TrainedTuning> all = new LinkedHashMap<>();
        try {
            for (int i = 0; i < parts.size(); i++) {
                String id = parts.get(i).technique(base.model().spec()).id();
                all.put(
                        id,
                        read(
                                folder.resolve(id),
                                parts.get(i),
                                trained.path("parts").path(i),
                                base.model()));
            }
            return Combination.of(all);
        } catch (RuntimeException e) {
            all.values().forEach(TrainedTuning::close);
            throw e;
        }
    }

    /// @param trained the technique as the adapter's manifest has it; missing where others made it
    private static TrainedTuning read(Path folder, TuneSettings settings, JsonNode trained, CausalLm model) {
        if (AdapterHubFolder.isIn(folder)) return AdapterHubFolder.read(folder, model);
        double before = trained.path("spec").path("plusRatio").asDouble(1);
        return PeftFolder.readToTrain(folder, model, settings.plusRatio(before));
    }

    /// The technique of an adapter with the settings that it has.
    static Technique technique(TrainedTuning tuning) {
        return switch (tuning) {
            case LoraTuning lora -> new Technique.Lora(lora.spec());
            case Ia3Tuning factors -> new Technique.Ia3(factors.spec());
            case SoftPromptTuning soft -> soft.technique();
            case PrefixTuning prefix -> new Technique.Prefix(prefix.spec());
            case BottleneckTuning networks -> new Technique.Bottleneck(networks.spec());
            case Combination combination ->
                new Technique.Combined(combination.parts().values().stream()
                        .map(TuneParent::technique)
                        .toList());
            default -> throw new IllegalStateException("no training goes on from " + tuning.getClass());
        };
    }
}
