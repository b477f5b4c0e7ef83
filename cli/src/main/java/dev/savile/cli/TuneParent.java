package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.PeftFolder;
import dev.savile.model.BaseModel;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.SoftPromptTuning;
import java.nio.file.Path;

/// Read what `--from` names: a saved adapter, whose own settings of its technique hold.
final class TuneParent {
    /// The one setting of a technique that is a matter of training, which an adapter's files do not have.
    private static final String PLUS_RATIO = "plus-ratio";

    private TuneParent() {}

    /// Read an adapter's values to train them further.
    ///
    /// @throws UserError `tune.from` for another technique, a layout that is not PEFT's, or a setting that the
    ///         adapter has already; those of [Customization#open] and [Customization#requireBase]
    static TrainedTuning read(Customization saved, TuneSettings settings, BaseModel base) {
        Path folder = saved.folder();
        String technique = settings.technique(base.model().spec()).id();
        if (!saved.technique().equals(technique) || !PeftFolder.isIn(folder))
            throw new UserError(
                    "tune.from",
                    folder + " is of the technique " + saved.technique(),
                    technique + " cannot go on from it, or its layout is not PEFT's",
                    "name the same technique as before, one of lora, dora, ia3 and the soft prompts");
        for (String key : settings.ofTechnique())
            if (!key.equals(PLUS_RATIO))
                throw new UserError(
                        "tune.from",
                        "the setting " + key + " has no effect with --from",
                        "the adapter in " + folder + " has its own, which hold",
                        "leave --set " + key + " away, or train anew without --from");
        saved.requireBase(base);
        return PeftFolder.readToTrain(folder, base.model(), settings.plusRatio(plusRatio(saved)));
    }

    /// The ratio that the adapter was trained with; 1 where others made it.
    private static double plusRatio(Customization saved) {
        return saved.manifest()
                .map(manifest -> Json.strict()
                        .valueToTree(manifest.configuration())
                        .at("/technique/spec/plusRatio")
                        .asDouble(1))
                .orElse(1.0);
    }

    /// The technique of an adapter with the settings that it has.
    static Technique technique(TrainedTuning tuning) {
        return switch (tuning) {
            case LoraTuning lora -> new Technique.Lora(lora.spec());
            case Ia3Tuning factors -> new Technique.Ia3(factors.spec());
            case SoftPromptTuning soft -> soft.technique();
            case PrefixTuning prefix -> new Technique.Prefix(prefix.spec());
            default -> throw new IllegalStateException("PEFT has no layout for " + tuning.getClass());
        };
    }
}
