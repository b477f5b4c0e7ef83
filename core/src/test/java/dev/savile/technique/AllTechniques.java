package dev.savile.technique;

import dev.savile.engine.Grad;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftStart;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Every technique in its settings, to be started over any model: what is tested here is tested for all of them.
public final class AllTechniques {
    private static final int[] TEXT = {5, 17, 3, 40, 8, 29};

    private AllTechniques() {}

    /// Starts a technique over a model.
    @FunctionalInterface
    public interface Start {
        TrainedTuning over(CausalLm model, long seed);
    }

    /// All techniques by name.
    public static Map<String, Start> all() {
        Map<String, Start> all = new LinkedHashMap<>(unchanging());
        all.put("prompt-tuning", (model, seed) -> promptTuning(model, 5, SoftStart.TEXT, seed));
        all.put("prompt-tuning-random", (model, seed) -> promptTuning(model, 3, SoftStart.RANDOM, seed));
        all.put("p-tuning-mlp", (model, seed) -> pTuning(model, new Encoder.Mlp(12), seed));
        all.put("p-tuning-nemo", (model, seed) -> pTuning(model, new Encoder.NemoMlp(7), seed));
        all.put("p-tuning-lstm", (model, seed) -> pTuning(model, new Encoder.Lstm(8, 2, 0), seed));
        all.put("prefix", (model, seed) -> prefix(model, SoftStart.TEXT, 0, seed));
        all.put("prefix-projection", (model, seed) -> prefix(model, SoftStart.RANDOM, 10, seed));
        all.put("pissa", (model, seed) -> LoraTuning.fresh(LoraSpec.of(4, 8).withStart(LoraStart.PISSA), model, seed));
        all.put("olora", (model, seed) -> LoraTuning.fresh(LoraSpec.of(4, 8).withStart(LoraStart.OLORA), model, seed));
        all.put("prompt-table", (model, seed) -> PromptTable.empty(model)
                .withNew(task("bare", 3), SoftStart.TEXT, TEXT, seed)
                .withNew(task("encoded", 2), new Encoder.Mlp(6), seed));
        all.put("prompt-table-together", (model, seed) -> PromptTable.empty(model)
                .withTogether(
                        List.of(task("bare", 3), task("encoded", 3)),
                        new Encoder.Lstm(6, 1, 0),
                        Map.of("bare", new int[] {5, 17}, "encoded", new int[] {8, 3, 40, 2}),
                        seed));
        all.put("lora-and-ia3", (model, seed) -> {
            Map<String, TrainedTuning> parts = new LinkedHashMap<>();
            parts.put(
                    "lora",
                    LoraTuning.fresh(lora(LoraSpec.of(3, 6), 0, LoraStart.USUAL, LoraSpec.Bias.ALL), model, seed));
            parts.put("ia3", Ia3Tuning.fresh(Ia3Spec.of(model.spec().names()), model));
            return Combination.of(parts);
        });
        all.put("combination", (model, seed) -> {
            Map<String, TrainedTuning> parts = new LinkedHashMap<>();
            parts.put("lora", LoraTuning.fresh(LoraSpec.of(4, 8), model, seed));
            parts.put("ia3", Ia3Tuning.fresh(Ia3Spec.of(model.spec().names()), model));
            parts.put(
                    "bottleneck",
                    BottleneckTuning.fresh(BottleneckSpec.of(BottleneckSpec.Wiring.PFEIFFER), model, seed));
            parts.put("prefix_tuning", prefix(model, SoftStart.TEXT, 0, seed));
            parts.put("prompt_tuning", promptTuning(model, 3, SoftStart.TEXT, seed));
            return Combination.of(parts);
        });
        return all;
    }

    /// Start one of them by its name.
    public static TrainedTuning start(String name, CausalLm model) {
        return Objects.requireNonNull(all().get(name)).over(model, 1);
    }

    /// Those that change nothing before they are trained.
    public static Map<String, Start> unchanging() {
        Map<String, Start> all = new LinkedHashMap<>();
        all.put("lora", (model, seed) -> LoraTuning.fresh(LoraSpec.of(4, 8), model, seed));
        all.put("rslora", (model, seed) -> LoraTuning.fresh(stabilized(), model, seed));
        all.put(
                "lora-biases",
                (model, seed) ->
                        LoraTuning.fresh(lora(LoraSpec.of(3, 6), 0, LoraStart.USUAL, LoraSpec.Bias.ALL), model, seed));
        all.put("lora-embedding", (model, seed) -> LoraTuning.fresh(embedding(model), model, seed));
        all.put("lora-patterns", (model, seed) -> LoraTuning.fresh(patterns(model), model, seed));
        all.put(
                "lora-saved",
                (model, seed) -> LoraTuning.fresh(
                        lora(
                                Map.of(),
                                Map.of(),
                                1,
                                List.of(
                                        last(model.spec().names().finalNorm()),
                                        last(model.spec().names().embedding())),
                                false),
                        model,
                        seed));
        all.put(
                "lora-plus",
                (model, seed) -> LoraTuning.fresh(lora(Map.of(), Map.of(), 16, List.of(), false), model, seed));
        all.put(
                "lora-update-bias",
                (model, seed) -> LoraTuning.fresh(lora(Map.of(), Map.of(), 1, List.of(), true), model, seed));
        all.put("lora-head", (model, seed) -> LoraTuning.fresh(head(model), model, seed));
        all.put("dora-head", (model, seed) -> LoraTuning.fresh(head(model).withDora(true), model, seed));
        all.put("dora", (model, seed) -> LoraTuning.fresh(LoraSpec.of(4, 8).withDora(true), model, seed));
        all.put(
                "dora-biases",
                (model, seed) -> LoraTuning.fresh(
                        lora(LoraSpec.of(4, 8).withDora(true), 0, LoraStart.USUAL, LoraSpec.Bias.ALL), model, seed));
        all.put("ia3", (model, seed) -> Ia3Tuning.fresh(Ia3Spec.of(model.spec().names()), model));
        all.put("ia3-head", (model, seed) -> Ia3Tuning.fresh(ia3Head(model), model));
        for (var wiring : BottleneckSpec.Wiring.values())
            all.put(
                    "bottleneck-" + wiring,
                    (model, seed) -> BottleneckTuning.fresh(BottleneckSpec.of(wiring), model, seed));
        all.put("bottleneck-normed", (model, seed) -> BottleneckTuning.fresh(normed(), model, seed));
        all.put("full", (model, seed) -> FullTuning.fresh(FullSpec.all(), model));
        all.put("full-norms", (model, seed) -> FullTuning.fresh(new FullSpec(List.of(".*(norm|ln_).*")), model));
        return all;
    }

    private static LoraSpec stabilized() {
        LoraSpec plain = LoraSpec.of(4, 8);
        return new LoraSpec(
                4,
                8,
                0,
                plain.targets(),
                plain.excluded(),
                List.of(0, 2),
                List.of(),
                Map.of(),
                Map.of(),
                true,
                false,
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                List.of(),
                false);
    }

    /// A LoRA on all linears with other settings than the usual ones.
    public static LoraSpec lora(LoraSpec plain, double dropout, LoraStart start, LoraSpec.Bias bias) {
        return new LoraSpec(
                plain.rank(),
                plain.alpha(),
                dropout,
                plain.targets(),
                plain.excluded(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                false,
                plain.dora(),
                1,
                start,
                bias,
                List.of(),
                false);
    }

    private static LoraSpec lora(
            Map<String, Integer> ranks,
            Map<String, Double> alphas,
            double plusRatio,
            List<String> saved,
            boolean updateBias) {
        LoraSpec plain = LoraSpec.of(4, 8);
        return new LoraSpec(
                4,
                8,
                0,
                plain.targets(),
                plain.excluded(),
                List.of(),
                List.of(),
                ranks,
                alphas,
                false,
                false,
                plusRatio,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                saved,
                updateBias);
    }

    /// Other ranks for one kind of linears, other alphas for another and for one layer alone.
    private static LoraSpec patterns(CausalLm model) {
        String first = model.linearNames().get(0);
        String second = model.linearNames().get(1);
        return lora(Map.of(first, 2), Map.of("\\w+\\.1\\..*" + first, 3.0, second, 5.0), 1, List.of(), false);
    }

    private static LoraSpec embedding(CausalLm model) {
        return besideFirst(model, model.spec().names().embedding());
    }

    private static LoraSpec head(CausalLm model) {
        return besideFirst(model, model.spec().names().head());
    }

    private static LoraSpec besideFirst(CausalLm model, String path) {
        return LoraSpec.of(4, 8)
                .withTargets(new Targets.Names(
                        List.of(last(path), model.linearNames().getFirst())));
    }

    private static Ia3Spec ia3Head(CausalLm model) {
        Ia3Spec usual = Ia3Spec.of(model.spec().names());
        List<String> targets =
                new ArrayList<>(usual.targets() instanceof Targets.Names(List<String> names) ? names : List.of());
        targets.add(last(model.spec().names().head()));
        return new Ia3Spec(new Targets.Names(targets), usual.feedForward(), usual.excluded());
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    private static TaskTemplate task(String name, int tokens) {
        return new TaskTemplate(
                name, "<|VIRTUAL_PROMPT_0|>{text}{label}", tokens, List.of(tokens), null, true, "label", null);
    }

    /// Return the ids of a row as a technique has them: virtual tokens that it puts into rows stand in front.
    public static int[] ids(TrainedTuning tuning, CausalLm model, int... ids) {
        int own = tuning.virtualTokens();
        int first = model.spec().vocabulary();
        return IntStream.concat(IntStream.range(first, first + own), Arrays.stream(ids))
                .toArray();
    }

    /// Return rows as a technique has them, see [#ids].
    public static List<EncodedRow> rows(TrainedTuning tuning, CausalLm model, List<EncodedRow> rows) {
        return rows.stream()
                .map(row -> new EncodedRow(ids(tuning, model, row.promptIds()), row.completionIds()))
                .toList();
    }

    private static BottleneckSpec normed() {
        return new BottleneckSpec(
                BottleneckSpec.Wiring.HOULSBY,
                3,
                16,
                Map.of(),
                BottleneckSpec.Activation.GELU,
                BottleneckSpec.Scaling.CHANNEL,
                1,
                0,
                true,
                List.of(1));
    }

    private static TrainedTuning promptTuning(CausalLm model, int tokens, SoftStart start, long seed) {
        var technique = new Technique.PromptTuning(new PromptTuningSpec(tokens, start, ""));
        return SoftPromptTuning.fresh(technique, model, TEXT, seed);
    }

    private static TrainedTuning pTuning(CausalLm model, Encoder encoder, long seed) {
        return SoftPromptTuning.fresh(new Technique.PTuning(new PTuningSpec(4, encoder)), model, seed);
    }

    private static TrainedTuning prefix(CausalLm model, SoftStart start, int projection, long seed) {
        return PrefixTuning.fresh(new PrefixSpec(4, start, "", projection), model, TEXT, seed);
    }

    /// Move all trained values a little, so that what starts at zero hides no fault.
    public static void disturb(TrainedTuning tuning, double size, long seed) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (Trainable t : tuning.trainables()) {
                var rng = Rng.of(seed, "disturb", t.name());
                double[] values = new double[(int) t.value().count()];
                for (int i = 0; i < values.length; i++) values[i] = size * rng.nextGaussian();
                t.value()
                        .detach()
                        .addInPlace(Tensors.of(values, t.value().shape())
                                .to(t.value().dtype()));
            }
        }
    }

    /// Take the gradients of all trained tensors and forget them; a tensor without one gives zeros.
    public static List<double[]> gradients(TrainedTuning tuning) {
        List<double[]> gradients = new ArrayList<>();
        for (Trainable t : tuning.trainables()) {
            try (var scope = Scope.open()) {
                gradients.add(
                        t.value().hasGradient()
                                ? t.value().gradient().toDoubles()
                                : new double[(int) t.value().count()]);
            }
            t.value().clearGradient();
        }
        return gradients;
    }
}
