package dev.savile.bench;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.model.CausalLm;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftStart;
import java.util.Arrays;

/// A technique in the settings in which it is timed, and the name that the peer's script knows the same settings by.
enum TechniqueCase {
    LORA(Technique.Lora.ID, "lora", 1.2),
    DORA(Technique.Lora.DORA, "dora", 1.2),
    BOTTLENECK(Technique.Bottleneck.ID, "houlsby", 1.2),
    FULL(Technique.Full.ID, "full", 1.2),
    IA3(Technique.Ia3.ID, "ia3", 1.05),
    PROMPT_TUNING(Technique.PromptTuning.ID, "prompt", 1.05),
    P_TUNING(Technique.PTuning.ID, "ptuning", 1.05),
    PREFIX_TUNING(Technique.Prefix.ID, "prefix", 1.05);

    private static final int TOKENS = 20;
    private static final int ENCODER = 256;

    final String id;
    final String peer;
    final double fullLengthBar;

    /// @param peer          how the peer's script calls it; PEFT has no bottleneck adapters, plain PyTorch stands in
    /// @param fullLengthBar how much faster than the peer it must be on long rows
    TechniqueCase(String id, String peer, double fullLengthBar) {
        this.id = id;
        this.peer = peer;
        this.fullLengthBar = fullLengthBar;
    }

    static TechniqueCase of(String id) {
        return Arrays.stream(values())
                .filter(one -> one.id.equals(id))
                .findFirst()
                .orElseThrow(() -> new UserError(
                        "bench.technique",
                        "there is no technique '" + id + "'",
                        "nothing can be timed",
                        Nearest.to(
                                        id,
                                        Arrays.stream(values())
                                                .map(one -> one.id)
                                                .toList())
                                .map(name -> "did you mean " + name + "?")
                                .orElse("use lora")));
    }

    TrainedTuning start(CausalLm model) {
        return switch (this) {
            case LORA -> LoraTuning.fresh(LoraSpec.of(8, 16), model, 1);
            case DORA -> LoraTuning.fresh(LoraSpec.of(8, 16).withDora(true), model, 1);
            case BOTTLENECK -> BottleneckTuning.fresh(BottleneckSpec.of(BottleneckSpec.Wiring.HOULSBY), model, 1);
            case FULL -> FullTuning.fresh(FullSpec.all(), model);
            case IA3 -> Ia3Tuning.fresh(Ia3Spec.of(model.spec().names()), model);
            case PROMPT_TUNING ->
                SoftPromptTuning.fresh(
                        new Technique.PromptTuning(new PromptTuningSpec(TOKENS, SoftStart.VOCABULARY, "")),
                        model,
                        new int[0],
                        1);
            case P_TUNING ->
                SoftPromptTuning.fresh(
                        new Technique.PTuning(new PTuningSpec(TOKENS, new Encoder.Mlp(ENCODER))), model, 1);
            case PREFIX_TUNING ->
                PrefixTuning.fresh(new PrefixSpec(TOKENS, SoftStart.RANDOM, "", 0), model, new int[0], 1);
        };
    }
}
