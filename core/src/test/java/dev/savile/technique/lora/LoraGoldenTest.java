package dev.savile.technique.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Targets;
import dev.savile.technique.Trainable;
import dev.savile.testing.GoldenCases;
import dev.savile.testing.TinyModels;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// One linear with an update against PEFT 0.21.2: output, all gradients and the merged weight, in fp64. The linear is a
/// model's output head, so that its two roads, the update beside it and its weight as a whole, are held to the same.
class LoraGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"lora", "rslora", "dora"})
    void outputGradientsAndMergedWeightEqualPeft(String name) {
        JsonNode cases = GoldenCases.of(LoraGoldenTest.class, name + ".json");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode one : cases) EngineThread.run(() -> check(one));
    }

    private static void check(JsonNode one) {
        JsonNode inputs = one.get("inputs");
        JsonNode expected = one.at("/expected/fp64");
        int out = inputs.get("weight").size();
        int in = inputs.at("/weight/0").size();
        try (CausalLm model = TinyModels.of(TinyModels.oneLayer(out, in, false), Precision.FP64);
                var scope = Scope.open()) {
            Linear head = model.linears().getLast();
            try (var off = Grad.off()) {
                head.weight().copyInPlace(GoldenCases.tensor(inputs.get("weight")));
            }
            Linear site = new Linear(head.path(), head.weight(), GoldenCases.tensor(inputs.get("bias")), false);
            try (var tuning = LoraTuning.from(
                    spec(one.get("params"), head.path()),
                    model,
                    (name, _) -> GoldenCases.tensor(inputs.get(input(name))))) {
                Tensor x = GoldenCases.tensor(inputs.get("x")).requireGradient(true);
                check(tuning.linear(site, x), x, tuning, inputs, expected);
                x.clearGradient();
                Tensor whole = Ops.linear(x, tuning.headWeight(head), GoldenCases.tensor(inputs.get("bias")));
                check(whole, x, tuning, inputs, expected);
                GoldenCases.assertClose(tuning.merged(site).detach().toDoubles(), expected.get("merged_weight"));
            }
        }
    }

    private static void check(Tensor y, Tensor x, LoraTuning tuning, JsonNode inputs, JsonNode expected) {
        Tensor loss = y.times(GoldenCases.tensor(inputs.get("probe"))).sum();
        loss.backward();
        GoldenCases.assertClose(y.detach().toDoubles(), expected.get("output"));
        assertThat(loss.detach().item()).isCloseTo(expected.get("probe_loss").doubleValue(), within(1e-9));
        GoldenCases.assertClose(x.gradient().toDoubles(), expected.get("grad_x"));
        for (Trainable trained : tuning.trainables()) {
            JsonNode gradient = Objects.requireNonNull(expected.get("grad_" + input(trained.name())));
            GoldenCases.assertClose(trained.value().gradient().toDoubles(), gradient);
            trained.value().clearGradient();
        }
    }

    /// What the reference calls a tensor.
    private static String input(String name) {
        if (name.endsWith(".lora_A.weight")) return "A";
        return name.endsWith(".lora_B.weight") ? "B" : "magnitude";
    }

    private static LoraSpec spec(JsonNode params, String path) {
        LoraSpec plain =
                LoraSpec.of(params.get("r").intValue(), params.get("alpha").doubleValue());
        return new LoraSpec(
                plain.rank(),
                plain.alpha(),
                0,
                new Targets.Names(List.of(path)),
                plain.excluded(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                params.get("use_rslora").booleanValue(),
                params.get("use_dora").booleanValue(),
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                List.of(),
                false);
    }
}
