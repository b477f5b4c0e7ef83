package dev.savile.cli;

import dev.savile.common.Nearest;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.technique.Technique;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.Targets;
import dev.savile.train.Schedule;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TuneJob;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/// Turn `--set key=value` into a technique and training options; unknown keys are refused with the nearest known
/// one.
final class TuneSettings {
    private static final List<String> TRAINING = List.of(
            "learning-rate",
            "epochs",
            "rows-per-step",
            "forest-tokens",
            "weight-decay",
            "clip-norm",
            "warmup-share",
            "schedule",
            "checkpoint-seconds",
            "patience");
    private static final List<String> LORA = List.of("rank", "alpha", "dropout", "targets");
    private static final List<String> FULL = List.of("parameters");

    private final Map<String, String> settings;
    private final String technique;

    TuneSettings(String technique, Map<String, String> settings) {
        this.technique = technique.toLowerCase(Locale.ROOT).replace('-', '_');
        this.settings = settings;
        List<String> own =
                switch (this.technique) {
                    case "lora" -> LORA;
                    case "full" -> FULL;
                    default ->
                        throw new UserError(
                                "tune.technique",
                                "'" + technique + "' cannot be trained by this version",
                                "the techniques it knows are lora and full",
                                Nearest.to(technique, List.of("lora", "full"))
                                        .map(n -> "did you mean " + n + "?")
                                        .orElse("use lora for a first run"));
                };
        TreeSet<String> known = new TreeSet<>(TRAINING);
        known.addAll(own);
        for (String key : settings.keySet())
            if (!known.contains(key))
                throw new UserError(
                        "tune.setting",
                        "there is no setting '" + key + "' for " + this.technique,
                        "it would have no effect",
                        Nearest.to(key, known)
                                        .map(n -> "did you mean " + n + "? ")
                                        .orElse("") + "the settings are: " + String.join(", ", known));
    }

    Technique technique() {
        if (technique.equals("full"))
            return new Technique.Full(new FullSpec(
                    settings.containsKey("parameters")
                            ? List.of(settings.get("parameters").split(","))
                            : List.of()));
        int rank = number("rank", 8, Integer::parseInt);
        LoraSpec plain = LoraSpec.of(rank, number("alpha", 2.0 * rank, Double::parseDouble));
        String targets = settings.getOrDefault("targets", "all-linear");
        var spec = new LoraSpec(
                plain.rank(),
                plain.alpha(),
                number("dropout", 0.0, Double::parseDouble),
                targets.equals("all-linear") ? new Targets.AllLinear() : new Targets.Names(List.of(targets.split(","))),
                plain.excluded(),
                plain.layers(),
                plain.layersPattern(),
                plain.rankPattern(),
                plain.alphaPattern(),
                plain.stabilized(),
                plain.bias(),
                plain.saved());
        return new Technique.Lora(spec);
    }

    /// @param maxTime `--max-time`; empty for no limit
    TrainingOptions options(long baseValues, long seed, String maxTime) {
        Technique chosen = technique();
        TrainingOptions usual = TrainingOptions.of(TuneJob.usualLearningRate(chosen, baseValues));
        String shape = settings.getOrDefault("schedule", "cosine").toUpperCase(Locale.ROOT);
        if (List.of(Schedule.Shape.values()).stream().noneMatch(s -> s.name().equals(shape)))
            throw wrong("schedule", "cosine, linear or constant");
        return new TrainingOptions(
                number("learning-rate", usual.learningRate(), Double::parseDouble),
                new Schedule(Schedule.Shape.valueOf(shape), number("warmup-share", 0.03, Double::parseDouble)),
                number("epochs", usual.epochs(), Double::parseDouble),
                number("rows-per-step", usual.rowsPerStep(), Integer::parseInt),
                number("forest-tokens", usual.forestTokens(), Integer::parseInt),
                number("weight-decay", usual.weightDecay(), Double::parseDouble),
                usual.decayVectors(),
                number("clip-norm", usual.clipNorm(), Double::parseDouble),
                usual.beta1(),
                usual.beta2(),
                usual.epsilon(),
                number("patience", usual.patience(), Integer::parseInt),
                seed,
                maxTime.isEmpty() ? 0 : Units.duration(maxTime).toSeconds(),
                number("checkpoint-seconds", usual.checkpointSeconds(), Double::parseDouble));
    }

    private <T> T number(String key, T absent, Function<String, T> parse) {
        String given = settings.get(key);
        if (given == null) return absent;
        try {
            return parse.apply(given);
        } catch (NumberFormatException e) {
            throw wrong(key, absent instanceof Integer ? "a whole number" : "a number")
                    .causedBy(e);
        }
    }

    private UserError wrong(String key, String expected) {
        return new UserError(
                "tune.setting",
                key + " is '" + settings.get(key) + "', expected " + expected,
                "training needs a value it can use",
                "write --set " + key + "=VALUE");
    }
}
