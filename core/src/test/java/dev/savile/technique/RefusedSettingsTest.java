package dev.savile.technique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.model.CausalLm;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftStart;
import dev.savile.testing.TinyModels;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Settings with which nothing could be trained.
class RefusedSettingsTest {
    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(UserError.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    private static SoftPromptTuning soft(CausalLm model, int tokens) {
        return SoftPromptTuning.fresh(
                new Technique.PromptTuning(new PromptTuningSpec(tokens, SoftStart.RANDOM, "")), model, new int[0], 1);
    }

    @Test
    void encodersThatCannotBe() {
        refused("soft.encoder", () -> new PTuningSpec(3, new Encoder.None()));
        refused("soft.layers", () -> new Encoder.Lstm(8, 0, 0));
        refused("soft.dropout", () -> new Encoder.Lstm(8, 1, 1));
        refused(
                "bottleneck.dropout",
                () -> new BottleneckSpec(
                        BottleneckSpec.Wiring.HOULSBY,
                        4,
                        0,
                        Map.of(),
                        BottleneckSpec.Activation.RELU,
                        BottleneckSpec.Scaling.FIXED,
                        1,
                        1,
                        false,
                        List.of()));
    }

    @Test
    void whatTheTokenEmbeddingCannotHave() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                LoraSpec embedding = LoraSpec.of(2, 4).withTargets(new Targets.Names(List.of("embed_tokens")));
                LoraTuning.fresh(embedding, model, 1).close();
                try (LoraTuning plus = LoraTuning.fresh(embedding.withPlusRatio(16), model, 1)) {
                    assertThat(plus.trainables()).allMatch(t -> t.rate().equals(new Trainable.Rate.Own(1e-6)));
                }
                refused("lora.dora", () -> LoraTuning.fresh(embedding.withDora(true), model, 1));
            }
        });
    }

    @Test
    void ranksAndVirtualTokensThatCannotBe() {
        refused("lora.rank", () -> LoraSpec.of(0, 8));
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                int context = model.spec().maxPositions();
                refused("soft.context", () -> soft(model, context));
                refused("soft.tokens", () -> soft(model, 0));
                refused(
                        "soft.context",
                        () -> SoftPromptTuning.fresh(
                                new Technique.PTuning(new PTuningSpec(context, new Encoder.Mlp(8))), model, 1));
                refused(
                        "soft.context",
                        () -> PrefixTuning.fresh(
                                new PrefixSpec(context, SoftStart.RANDOM, "", 0), model, new int[0], 1));
                soft(model, context - 1).close(); // room for a token is left
            }
        });
    }
}
