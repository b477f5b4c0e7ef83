package dev.savile.technique.lora;

import dev.savile.common.UserError;
import dev.savile.technique.Patterns;
import dev.savile.technique.Targets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The low-rank update that LoRA adds to each target: `W' = W + scale * B A`, `scale = alpha / rank`.
///
/// *Paper*: Hu et al., "LoRA: low-rank adaptation of large language models", 2021; the other scale, `alpha /
/// sqrt(rank)`, is Kalajdzievski, "A rank stabilization scaling factor for fine-tuning with LoRA", 2023.
///
/// @param rank          inner size; 8 for tone and format, 16 to 64 for new knowledge
/// @param alpha         numerator of the scale; twice the rank is a good start
/// @param dropout       share of the input's values that the update does not see in training, 0 to 1
/// @param targets       linears and embeddings that get an update
/// @param excluded      modules that never do; an empty list of names for none
/// @param layers        layers whose modules are targets; empty for all
/// @param layersPattern name of the module list that the layer number follows; empty for any
/// @param rankPattern   other ranks for modules whose path ends in a match of the key, a regular expression; of
///                      several in a file of others the first counts, for a new update only one may match a module
/// @param alphaPattern  other alphas, likewise
/// @param stabilized    divide alpha by the root of the rank instead of the rank
/// @param dora          give each row of the changed weight a trained length (Liu et al., "DoRA: weight-decomposed
///                      low-rank adaptation", 2024)
/// @param plusRatio     learning rate of B over that of A; 16 is usual where it is not 1 (Hayou, Ghosh and Yu,
///                      "LoRA+", 2024)
/// @param start         where the factors start
/// @param bias          which biases are trained besides
/// @param saved         modules that are trained and stored whole, by the end of their path
/// @param updateBias    whether each update has a bias of its own, `y += scale * bB`, which PEFT calls `lora_bias`
public record LoraSpec(
        int rank,
        double alpha,
        double dropout,
        Targets targets,
        Targets excluded,
        List<Integer> layers,
        List<String> layersPattern,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        boolean stabilized,
        boolean dora,
        double plusRatio,
        LoraStart start,
        Bias bias,
        List<String> saved,
        boolean updateBias) {
    private static final String EXAMPLE = "layers\\.[0-3]\\..*q_proj";

    /// Which biases of the base are trained.
    public enum Bias {
        NONE,
        /// All that the base has.
        ALL,
        /// Those of the adapted linears.
        LORA_ONLY
    }

    /// Largest learning rate of an embedding's factors where B learns at another rate than A, as PEFT has it.
    public static final double PLUS_EMBEDDING_RATE = 1e-6;

    public LoraSpec {
        requireRank(rank, "lora.rank");
        rankPattern.forEach((_, value) -> requireRank(value, "lora.rank-pattern"));
        rankPattern.keySet().forEach(key -> Patterns.compile("lora.rank-pattern", key, EXAMPLE));
        alphaPattern.keySet().forEach(key -> Patterns.compile("lora.alpha-pattern", key, EXAMPLE));
        if (!(alpha > 0)) // NaN fails too
        throw new UserError(
                    "lora.alpha",
                    "alpha must be positive, got " + alpha,
                    "the update is scaled by alpha / rank",
                    "use twice the rank: " + 2 * rank);
        if (!(dropout >= 0 && dropout < 1))
            throw new UserError(
                    "lora.dropout",
                    "dropout must be at least 0 and below 1, got " + dropout,
                    "it is the share of values that the update does not see",
                    "use 0, or 0.05 against overfitting");
        if (dora && start != LoraStart.USUAL)
            throw new UserError(
                    "lora.start",
                    "DoRA cannot start from a part of the weight",
                    "its lengths are those of the whole weight",
                    "use start=usual, or lora instead of dora");
        if (dora && updateBias)
            throw new UserError(
                    "lora.update-bias",
                    "DoRA cannot have a bias in its update",
                    "its lengths are those of a weight",
                    "use lora instead of dora");
        if (!(plusRatio > 0))
            throw new UserError(
                    "lora.plus-ratio",
                    "the ratio of learning rates must be positive, got " + plusRatio,
                    "B would not be trained",
                    "use 1, or 16 for LoRA+");
        layers = List.copyOf(layers);
        layersPattern = List.copyOf(layersPattern);
        rankPattern = new LinkedHashMap<>(rankPattern);
        alphaPattern = new LinkedHashMap<>(alphaPattern);
        saved = saved.stream().distinct().sorted().toList();
    }

    /// Return the usual setting: all linears, no dropout, nothing else trained.
    public static LoraSpec of(int rank, double alpha) {
        return new LoraSpec(
                rank,
                alpha,
                0,
                new Targets.AllLinear(),
                new Targets.Names(List.of()),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                false,
                false,
                1,
                LoraStart.USUAL,
                Bias.NONE,
                List.of(),
                false);
    }

    /// Whether a module is trained whole: one whose path ends so, as PEFT has it, whatever stands before; `norm` is
    /// every norm whose name ends so.
    boolean saves(String module) {
        return saved.stream().anyMatch(module::endsWith);
    }

    public LoraSpec withTargets(Targets chosen) {
        return with(chosen, dora, plusRatio, start);
    }

    /// Return the same with a trained length of each row, or without.
    public LoraSpec withDora(boolean chosen) {
        return with(targets, chosen, plusRatio, start);
    }

    /// Return the same with other values to start from.
    public LoraSpec withStart(LoraStart chosen) {
        return with(targets, dora, plusRatio, chosen);
    }

    /// Return the same with another learning rate of B over that of A.
    public LoraSpec withPlusRatio(double ratio) {
        return with(targets, dora, ratio, start);
    }

    private LoraSpec with(Targets otherTargets, boolean otherDora, double otherRatio, LoraStart otherStart) {
        return new LoraSpec(
                rank,
                alpha,
                dropout,
                otherTargets,
                excluded,
                layers,
                layersPattern,
                rankPattern,
                alphaPattern,
                stabilized,
                otherDora,
                otherRatio,
                otherStart,
                bias,
                saved,
                updateBias);
    }

    /// Rank of a module.
    public int rankOf(String path) {
        return byPattern(rankPattern, path, rank);
    }

    /// Factor of a module's update.
    public double scaleOf(String path) {
        double numerator = byPattern(alphaPattern, path, alpha);
        int own = rankOf(path);
        return numerator / (stabilized ? Math.sqrt(own) : own);
    }

    private static <T> T byPattern(Map<String, T> patterns, String path, T otherwise) {
        for (Map.Entry<String, T> entry : patterns.entrySet())
            if (matches(entry.getKey(), path)) return entry.getValue();
        return otherwise;
    }

    /// Tell whether a key of a pattern stands for a module: it matches the path, or the end of it behind a dot.
    static boolean matches(String key, String path) {
        return Pattern.matches("(.*\\.)?(" + key + ")", path);
    }

    private static void requireRank(int rank, String code) {
        if (rank < 1)
            throw new UserError(
                    code,
                    "rank must be at least 1, got " + rank,
                    "each target trains rank * (in + out) values",
                    "use 8 for a first run");
    }
}
