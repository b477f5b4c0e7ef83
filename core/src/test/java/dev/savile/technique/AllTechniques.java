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
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftStart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
        all.put("p-tuning-lstm", (model, seed) -> pTuning(model, new Encoder.Lstm(8, 2, 0), seed));
        all.put("prefix", (model, seed) -> prefix(model, SoftStart.TEXT, 0, seed));
        all.put("prefix-projection", (model, seed) -> prefix(model, SoftStart.RANDOM, 10, seed));
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
        all.put("dora", (model, seed) -> LoraTuning.fresh(LoraSpec.of(4, 8).withDora(true), model, seed));
        all.put(
                "dora-biases",
                (model, seed) -> LoraTuning.fresh(
                        lora(LoraSpec.of(4, 8).withDora(true), 0, LoraStart.USUAL, LoraSpec.Bias.ALL), model, seed));
        all.put("ia3", (model, seed) -> Ia3Tuning.fresh(Ia3Spec.of(model.spec().names()), model));
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
                List.of());
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
                List.of());
    }

    private static LoraSpec embedding(CausalLm model) {
        String path = model.spec().names().embedding();
        return LoraSpec.of(4, 8)
                .withTargets(new Targets.Names(List.of(
                        path.substring(path.lastIndexOf('.') + 1),
                        model.linearNames().getFirst())));
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
