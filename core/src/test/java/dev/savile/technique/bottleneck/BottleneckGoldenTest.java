package dev.savile.technique.bottleneck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Sublayer;
import dev.savile.technique.Trainable;
import dev.savile.technique.bottleneck.BottleneckSpec.Activation;
import dev.savile.technique.bottleneck.BottleneckSpec.Scaling;
import dev.savile.technique.bottleneck.BottleneckSpec.Wiring;
import dev.savile.testing.GoldenCases;
import dev.savile.testing.TinyModels;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// One network in the residual stream against the wirings of AdapterHub's configurations, written in PyTorch 2.15:
/// output and all gradients in fp64.
///
/// In the reference `h` is what a half of a layer adds and `res` the stream before it; with a layer norm there,
/// Houlsby's network sees `h` and Pfeiffer's `LN(h + res)`, and the norm stands behind the sum as well.
class BottleneckGoldenTest {
    private static final double NORM_EPSILON = 1e-5;

    @ParameterizedTest
    @EnumSource(
            value = Wiring.class,
            names = {"HOULSBY", "PFEIFFER"})
    void outputAndGradientsEqualTheReference(Wiring wiring) {
        EngineThread.run(() -> {
            JsonNode cases = GoldenCases.of(
                    BottleneckGoldenTest.class, "adapter_" + wiring.name().toLowerCase(Locale.ROOT) + ".json");
            assertThat(cases.size()).isEqualTo(3);
            for (JsonNode one : cases) {
                check(one, wiring, Sublayer.FEED_FORWARD);
                if (wiring == Wiring.HOULSBY) check(one, wiring, Sublayer.ATTENTION);
            }
        });
    }

    private static void check(JsonNode one, Wiring wiring, Sublayer half) {
        JsonNode inputs = one.get("inputs");
        boolean normed = one.at("/params/layer_norm").booleanValue();
        int hidden = inputs.at("/h/0").size();
        var spec = new BottleneckSpec(
                wiring,
                inputs.get("down").size(),
                16,
                Map.of(),
                Activation.valueOf(one.at("/params/activation").asString().toUpperCase(Locale.ROOT)),
                Scaling.FIXED,
                1,
                0,
                normed && wiring == Wiring.PFEIFFER,
                List.of());
        try (CausalLm model = TinyModels.of(TinyModels.oneLayer(7, hidden, true), Precision.FP64);
                var tuning =
                        BottleneckTuning.from(spec, model, (name, _) -> GoldenCases.tensor(inputs.get(input(name))));
                var scope = Scope.open()) {
            Tensor h = GoldenCases.tensor(inputs.get("h")).requireGradient(true);
            Tensor res = GoldenCases.tensor(inputs.get("res")).requireGradient(true);
            Tensor out = tuning.residual(half, 0, res, h);
            if (normed)
                out = Ops.layerNorm(
                        out,
                        GoldenCases.tensor(inputs.get("ln_weight")),
                        GoldenCases.tensor(inputs.get("ln_bias")),
                        NORM_EPSILON);
            Tensor loss = out.times(GoldenCases.tensor(inputs.get("probe"))).sum();
            loss.backward();
            JsonNode expected = one.at("/expected/fp64");
            assertThat(loss.detach().item()).isCloseTo(expected.get("loss").doubleValue(), within(1e-9));
            GoldenCases.assertClose(out.detach().toDoubles(), expected.get("output"));
            JsonNode gradients = expected.get("grad");
            GoldenCases.assertClose(h.gradient().toDoubles(), gradients.get("h"));
            GoldenCases.assertClose(res.gradient().toDoubles(), gradients.get("res"));
            String own = half == Sublayer.ATTENTION ? ".attention_adapters." : ".output_adapters.";
            for (Trainable trained : tuning.trainables()) {
                JsonNode gradient = gradients.get(input(trained.name()));
                if (gradient != null && trained.name().contains(own))
                    GoldenCases.assertClose(trained.value().gradient().toDoubles(), gradient);
            }
        }
    }

    /// What the reference calls a tensor.
    private static String input(String name) {
        String kind = name.contains(".adapter_down.") ? "down" : name.contains(".adapter_up.") ? "up" : "ln";
        boolean bias = name.endsWith(".bias");
        if (kind.equals("ln")) return bias ? "ln_bias" : "ln_weight";
        return bias ? kind + "_bias" : kind;
    }
}
