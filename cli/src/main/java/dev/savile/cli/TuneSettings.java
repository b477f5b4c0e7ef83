package dev.savile.cli;

import dev.savile.common.Nearest;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.model.ModelSpec;
import dev.savile.technique.Targets;
import dev.savile.technique.Technique;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftStart;
import dev.savile.train.MemorySaving;
import dev.savile.train.Schedule;
import dev.savile.train.TrainingOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Turn `--set key=value` into a technique and training options; unknown keys are refused with the nearest known
/// one.
final class TuneSettings {
    /// NeMo's encoder of p-tuning, as the setting names it.
    private static final String NEMO_MLP = "nemo_mlp";

    private static final List<String> TRAINING = List.of(
            "learning-rate",
            "epochs",
            "rows-per-step",
            "forest-tokens",
            "weight-decay",
            "decay-vectors",
            "beta1",
            "beta2",
            "epsilon",
            "clip-norm",
            "warmup-share",
            "schedule",
            "checkpoint-seconds",
            "patience",
            "validate-steps",
            "max-tokens",
            "recompute",
            "update-in-backward",
            "moments");
    private static final List<String> LORA = List.of(
            "rank",
            "alpha",
            "dropout",
            "targets",
            "exclude",
            "layers",
            "layers-pattern",
            "rank-pattern",
            "alpha-pattern",
            "rslora",
            "plus-ratio",
            "start",
            "bias",
            "update-bias",
            "save");
    /// Techniques that can be trained, each with the settings of its own.
    private static final Map<String, List<String>> TECHNIQUES = techniques();

    private final Map<String, String> settings;
    private final String technique;
    /// The techniques of a combination, each with its own settings; empty for a single one.
    private final List<TuneSettings> parts;

    /// @param technique an id, or several with + between them
    /// @param settings  those of a combination's parts are written `lora.rank`
    TuneSettings(String technique, Map<String, String> settings) {
        this.technique = technique.toLowerCase(Locale.ROOT).replace('-', '_');
        this.settings = settings;
        parts = this.technique.contains(Technique.Combined.SIGN) ? split() : List.of();
        TreeSet<String> known = new TreeSet<>(TRAINING);
        if (parts.isEmpty()) known.addAll(own(this.technique, technique));
        for (TuneSettings part : parts)
            for (String key : own(part.technique, part.technique)) known.add(part.technique + "." + key);
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

    /// The techniques of a combination, each with its own settings; empty for a single one.
    List<TuneSettings> parts() {
        return parts;
    }

    private List<TuneSettings> split() {
        List<TuneSettings> all = new ArrayList<>();
        for (String id : technique.split(Pattern.quote(Technique.Combined.SIGN), -1)) {
            List<String> own = own(id, id);
            if (all.stream().anyMatch(part -> part.technique.equals(id)))
                throw new UserError(
                        "technique.combination",
                        technique + " has " + id + " twice",
                        "both would change the same places",
                        "name each technique once");
            Map<String, String> given = new LinkedHashMap<>();
            for (String key : own)
                if (settings.containsKey(id + "." + key)) given.put(key, settings.get(id + "." + key));
            all.add(new TuneSettings(id, given));
        }
        return all;
    }

    private static List<String> own(String id, String given) {
        List<String> own = TECHNIQUES.get(id);
        if (own == null)
            throw new UserError(
                    "tune.technique",
                    "'" + given + "' cannot be trained by this version",
                    "the techniques it knows are " + String.join(", ", TECHNIQUES.keySet()),
                    Nearest.to(id, TECHNIQUES.keySet())
                            .map(n -> "did you mean " + n + "?")
                            .orElse("use lora for a first run"));
        return own;
    }

    private static Map<String, List<String>> techniques() {
        Map<String, List<String>> own = new LinkedHashMap<>();
        own.put(Technique.Lora.ID, LORA);
        own.put(Technique.Lora.DORA, LORA);
        own.put(Technique.Ia3.ID, List.of("targets", "feed-forward", "exclude"));
        own.put(
                Technique.Bottleneck.ID,
                List.of(
                        "wiring",
                        "size",
                        "reduction",
                        "reductions",
                        "activation",
                        "scaling",
                        "dropout",
                        "norm",
                        "leave-out"));
        own.put(Technique.PromptTuning.ID, List.of("tokens", "start", "text"));
        own.put(
                Technique.PTuning.ID,
                List.of("tokens", "encoder", "encoder-hidden", "encoder-layers", "encoder-dropout"));
        own.put(Technique.Prefix.ID, List.of("tokens", "start", "text", "projection"));
        own.put(Technique.Full.ID, List.of("parameters"));
        return own;
    }

    /// Techniques that can be trained.
    static List<String> known() {
        return List.copyOf(TECHNIQUES.keySet());
    }

    /// All settings of a technique, those of its training first.
    static List<String> settings(String technique) {
        List<String> all = new ArrayList<>(TRAINING);
        all.addAll(own(technique, technique));
        return all;
    }

    /// @param model whose linears and sizes the defaults depend on
    /// @throws UserError `tune.setting` for a value that cannot be used, or that another one leaves without effect
    Technique technique(ModelSpec model) {
        requireEffect();
        if (!parts.isEmpty())
            return new Technique.Combined(
                    parts.stream().map(part -> part.technique(model)).toList());
        return switch (technique) {
            case Technique.Lora.ID -> new Technique.Lora(lora(false));
            case Technique.Lora.DORA -> new Technique.Lora(lora(true));
            case Technique.Ia3.ID -> new Technique.Ia3(ia3(model));
            case Technique.Bottleneck.ID -> new Technique.Bottleneck(bottleneck());
            case Technique.PromptTuning.ID ->
                new Technique.PromptTuning(new PromptTuningSpec(
                        number("tokens", 20, Integer::parseInt),
                        oneOf("start", SoftStart.TEXT),
                        settings.getOrDefault("text", "")));
            case Technique.PTuning.ID ->
                new Technique.PTuning(new PTuningSpec(number("tokens", 20, Integer::parseInt), encoder(model)));
            case Technique.Prefix.ID ->
                new Technique.Prefix(new PrefixSpec(
                        number("tokens", 30, Integer::parseInt),
                        oneOf("start", SoftStart.TEXT),
                        settings.getOrDefault("text", ""),
                        number("projection", 0, Integer::parseInt)));
            case Technique.Full.ID -> new Technique.Full(new FullSpec(list("parameters")));
            default -> throw new IllegalStateException("an unknown technique got past the constructor: " + technique);
        };
    }

    /// Refuse settings that others leave without effect.
    private void requireEffect() {
        String encoder = settings.getOrDefault("encoder", "mlp").toLowerCase(Locale.ROOT);
        String start = settings.getOrDefault("start", "text").toLowerCase(Locale.ROOT);
        if (technique.equals(Technique.PTuning.ID) && !encoder.equals("lstm"))
            for (String key : List.of("encoder-layers", "encoder-dropout"))
                idle(key, "encoder=lstm has layers to choose, " + encoder + " has none");
        if (technique.equals(Technique.Prefix.ID)
                && !settings.getOrDefault("projection", "0").strip().equals("0"))
            for (String key : List.of("start", "text")) idle(key, "with a projection the vectors start from its own");
        else if (!technique.equals(Technique.Lora.ID)
                && !technique.equals(Technique.Lora.DORA)
                && !start.equals("text")) idle("text", "the vectors start from start=" + start);
        if (technique.equals(Technique.Bottleneck.ID) && settings.containsKey("size"))
            for (String key : List.of("reduction", "reductions")) idle(key, "size says how wide the networks are");
        if (!settings.containsKey("layers")) idle("layers-pattern", "it names where the numbers of layers stand");
    }

    /// Whether a setting was given.
    boolean has(String key) {
        return settings.containsKey(key);
    }

    private void idle(String key, String why) {
        if (settings.containsKey(key))
            throw new UserError(
                    "tune.setting",
                    key + " would have no effect",
                    why,
                    "leave --set " + key + " away, or change the other setting");
    }

    private LoraSpec lora(boolean dora) {
        int rank = number("rank", 8, Integer::parseInt);
        LoraSpec.Bias bias = oneOf("bias", LoraSpec.Bias.NONE);
        return new LoraSpec(
                rank,
                number("alpha", 2.0 * rank, Double::parseDouble),
                number("dropout", 0.0, Double::parseDouble),
                targets("targets", new Targets.AllLinear()),
                targets("exclude", new Targets.Names(List.of())),
                numbers("layers"),
                list("layers-pattern"),
                pattern("rank-pattern", Integer::parseInt),
                pattern("alpha-pattern", Double::parseDouble),
                flag("rslora"),
                dora,
                number("plus-ratio", 1.0, Double::parseDouble),
                oneOf("start", LoraStart.USUAL),
                bias,
                list("save"),
                flag("update-bias"));
    }

    private Ia3Spec ia3(ModelSpec model) {
        Ia3Spec usual = Ia3Spec.of(model.names());
        Targets targets = targets("targets", usual.targets());
        // every layer has such a linear, so that the first stands for all
        String last = String.format(Locale.ROOT, model.names().down(), 0);
        boolean scaled = targets.chooses(last, model.names().head());
        return new Ia3Spec(
                targets,
                targets("feed-forward", scaled ? usual.feedForward() : new Targets.Names(List.of())),
                targets("exclude", usual.excluded()));
    }

    /// `layer:reduction,layer:reduction`
    private Map<Integer, Double> reductions() {
        Map<Integer, Double> reductions = new TreeMap<>();
        pattern("reductions", Double::parseDouble)
                .forEach((layer, value) -> reductions.put(
                        parsed("reductions", layer, Integer::parseInt, "a layer's number before :"), value));
        return reductions;
    }

    private BottleneckSpec bottleneck() {
        BottleneckSpec usual = BottleneckSpec.of(oneOf("wiring", BottleneckSpec.Wiring.HOULSBY));
        String scaling = settings.getOrDefault("scaling", Double.toString(usual.factor()));
        BottleneckSpec.Scaling kind =
                switch (scaling) {
                    case "learned" -> BottleneckSpec.Scaling.LEARNED;
                    case "channel" -> BottleneckSpec.Scaling.CHANNEL;
                    default -> BottleneckSpec.Scaling.FIXED;
                };
        return new BottleneckSpec(
                usual.wiring(),
                number("size", 0, Integer::parseInt),
                number("reduction", usual.reduction(), Double::parseDouble),
                reductions(),
                oneOf("activation", usual.activation()),
                kind,
                kind == BottleneckSpec.Scaling.FIXED ? number("scaling", usual.factor(), Double::parseDouble) : 1,
                number("dropout", 0.0, Double::parseDouble),
                flag("norm"),
                numbers("leave-out"));
    }

    private Encoder encoder(ModelSpec model) {
        String kind = settings.getOrDefault("encoder", "mlp").toLowerCase(Locale.ROOT);
        int usual = kind.equals(NEMO_MLP) ? model.hidden() / 2 : model.hidden();
        int hidden = number("encoder-hidden", usual, Integer::parseInt);
        return switch (kind) {
            case "mlp" -> new Encoder.Mlp(hidden);
            case NEMO_MLP -> new Encoder.NemoMlp(hidden);
            case "lstm" ->
                new Encoder.Lstm(
                        hidden,
                        number("encoder-layers", 2, Integer::parseInt),
                        number("encoder-dropout", 0.0, Double::parseDouble));
            default -> throw wrong("encoder", "mlp, lstm or " + NEMO_MLP);
        };
    }

    /// @param technique as [#technique] gave it
    /// @param maxTime   `--max-time`; empty for no limit
    TrainingOptions options(Technique technique, long baseValues, long seed, String maxTime) {
        TrainingOptions usual = TrainingOptions.of(technique, baseValues);
        return new TrainingOptions(
                number("learning-rate", usual.learningRate(), Double::parseDouble),
                new Schedule(
                        oneOf("schedule", Schedule.Shape.COSINE), number("warmup-share", 0.03, Double::parseDouble)),
                number("epochs", usual.epochs(), Double::parseDouble),
                number("rows-per-step", usual.rowsPerStep(), Integer::parseInt),
                number("forest-tokens", usual.forestTokens(), Integer::parseInt),
                number("weight-decay", usual.weightDecay(), Double::parseDouble),
                flag("decay-vectors"),
                number("clip-norm", usual.clipNorm(), Double::parseDouble),
                number("beta1", usual.beta1(), Double::parseDouble),
                number("beta2", usual.beta2(), Double::parseDouble),
                number("epsilon", usual.epsilon(), Double::parseDouble),
                number("patience", usual.patience(), Integer::parseInt),
                number("validate-steps", usual.validateSteps(), Integer::parseInt),
                seed,
                maxTime.isEmpty() ? 0 : Units.duration(maxTime).toSeconds(),
                number("checkpoint-seconds", usual.checkpointSeconds(), Double::parseDouble),
                new MemorySaving(flag("recompute"), flag("update-in-backward"), narrowMoments()));
    }

    private boolean narrowMoments() {
        return switch (settings.getOrDefault("moments", "fp32")) {
            case "fp32" -> false;
            case "bf16" -> true;
            default -> throw wrong("moments", "fp32 or bf16");
        };
    }

    /// Settings that were given and belong to the technique, not to its training.
    List<String> ofTechnique() {
        return settings.keySet().stream().filter(key -> !TRAINING.contains(key)).toList();
    }

    /// Learning rate of LoRA's B over that of A.
    double plusRatio(double absent) {
        return number("plus-ratio", absent, Double::parseDouble);
    }

    /// Longest row in tokens; 0 for what suits the rows.
    int maxTokens() {
        int given = number("max-tokens", 0, Integer::parseInt);
        if (given < 0) throw wrong("max-tokens", "a number of tokens, or 0 for what suits the rows");
        return given;
    }

    private <T> T number(String key, T absent, Function<String, T> parse) {
        String given = settings.get(key);
        return given == null
                ? absent
                : parsed(key, given, parse, absent instanceof Integer ? "a whole number" : "a number");
    }

    private <T> T parsed(String key, String text, Function<String, T> parse, String expected) {
        try {
            return parse.apply(text.strip());
        } catch (NumberFormatException e) {
            throw wrong(key, expected).causedBy(e);
        }
    }

    private List<String> list(String key) {
        String given = settings.get(key);
        return given == null ? List.of() : List.of(given.split(","));
    }

    private List<Integer> numbers(String key) {
        return list(key).stream()
                .map(text -> parsed(key, text, Integer::parseInt, "whole numbers with commas between them"))
                .toList();
    }

    /// `key:value,key:value`
    private <T> Map<String, T> pattern(String key, Function<String, T> parse) {
        Map<String, T> pattern = new TreeMap<>();
        for (String entry : list(key)) {
            int colon = entry.lastIndexOf(':');
            if (colon < 1) throw wrong(key, "entries like q_proj:16 with commas between them");
            pattern.put(entry.substring(0, colon), parsed(key, entry.substring(colon + 1), parse, "a number behind :"));
        }
        return pattern;
    }

    private boolean flag(String key) {
        return switch (settings.getOrDefault(key, "false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(key, "true or false");
        };
    }

    /// `all-linear`, a list of names, or a regular expression between slashes.
    private Targets targets(String key, Targets absent) {
        String given = settings.get(key);
        if (given == null) return absent;
        if (given.equals("all-linear")) return new Targets.AllLinear();
        if (!given.startsWith("/") || !given.endsWith("/") || given.length() < 3)
            return new Targets.Names(List.of(given.split(",")));
        String regex = given.substring(1, given.length() - 1);
        try {
            Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw wrong(key, "a regular expression between slashes").causedBy(e);
        }
        return new Targets.Regex(regex);
    }

    private <E extends Enum<E>> E oneOf(String key, E absent) {
        String given = settings.get(key);
        if (given == null) return absent;
        List<String> words = new ArrayList<>();
        for (E value : absent.getDeclaringClass().getEnumConstants()) {
            String word = value.name().toLowerCase(Locale.ROOT);
            if (word.equals(given.toLowerCase(Locale.ROOT).replace('-', '_'))) return value;
            words.add(word);
        }
        throw wrong(key, String.join(", ", words));
    }

    private UserError wrong(String key, String expected) {
        return new UserError(
                "tune.setting",
                key + " is '" + settings.get(key) + "', expected " + expected,
                "training needs a value it can use",
                "write --set " + key + "=VALUE");
    }
}
