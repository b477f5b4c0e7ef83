package dev.savile.technique.lora;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.technique.Targets;
import dev.savile.testing.Golden;
import dev.savile.testing.TinyModels;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Adapters combined by PEFT 0.21.2 and here give the same update, whatever its factors are.
///
/// `benchmarks/python/peft_combine.py` wrote the numbers. `ADAPTER.SITE.a`, `.b` and `.scale` are an adapter's;
/// `case.NAME.adapters`, `.weights`, `.density` and `.rank` say what was combined, `case.NAME.SITE` is what came of it.
class LoraBlendGoldenTest {
    private static final double TOLERANCE = 1e-5;
    private static final List<String> SITES =
            List.of("model.layers.0.self_attn.k_proj", "model.layers.0.mlp.down_proj");

    static List<String> cases() {
        try (Golden golden = golden()) {
            return golden.names().stream()
                    .filter(name -> name.startsWith("case.") && name.endsWith(".weights"))
                    .map(name -> name.substring("case.".length(), name.length() - ".weights".length()))
                    .toList();
        }
    }

    private static Golden golden() {
        try {
            return Golden.open(
                    Path.of(Objects.requireNonNull(LoraBlendGoldenTest.class.getResource("peft-combine.safetensors"))
                            .toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// @param name a combination type of PEFT, and behind a dash what is particular about the case
    @ParameterizedTest
    @MethodSource("cases")
    void updatesEqualPeft(String name) {
        EngineThread.run(() -> {
            try (Golden golden = golden();
                    CausalLm model = TinyModels.of(TinyModels.llama());
                    var scope = Scope.open();
                    var off = Grad.off()) {
                String prefix = "case." + name;
                List<LoraTuning> parts = new ArrayList<>();
                for (long number : golden.longs(prefix + ".adapters")) parts.add(adapter(golden, model, number));
                double[] weights = golden.tensor(prefix + ".weights").toDoubles();
                var method = LoraBlend.Method.valueOf(name.split("-", 2)[0].toUpperCase(Locale.ROOT));
                var settings = new LoraBlend.Settings(
                        method, (int) golden.scalar(prefix + ".rank"), golden.scalar(prefix + ".density"), 1);
                try (LoraTuning blend =
                        LoraBlend.of(model, parts, weights, settings).lora()) {
                    for (String site : SITES) {
                        Tensor expected = golden.tensor(prefix + "." + site);
                        LoraTuning.Factors factors = Objects.requireNonNull(blend.factors(site));
                        Tensor own = factors.b().matmul(factors.a()).times(factors.scale());
                        assertThat(expected.abs().max().item()).isGreaterThan(0.1);
                        assertThat(own.minus(expected).abs().max().item())
                                .as(site)
                                .isLessThan(TOLERANCE);
                    }
                }
                parts.forEach(LoraTuning::close);
            }
        });
    }

    private static LoraTuning adapter(Golden golden, CausalLm model, long number) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        Map<String, Double> alphas = new LinkedHashMap<>();
        List<String> paths = SITES.stream()
                .filter(site -> golden.has(number + "." + site + ".a"))
                .toList();
        for (String site : paths) {
            int rank = golden.shape(number + "." + site + ".a")[0];
            ranks.put(site, rank);
            alphas.put(site, rank * golden.scalar(number + "." + site + ".scale"));
        }
        LoraSpec plain = LoraSpec.of(1, 1);
        var spec = new LoraSpec(
                1,
                1,
                0,
                new Targets.Names(paths),
                plain.excluded(),
                List.of(),
                List.of(),
                ranks,
                alphas,
                false,
                false,
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                List.of(),
                false);
        return LoraTuning.from(spec, model, (name, shape) -> {
            String site = name.substring(0, name.lastIndexOf(".lora_"));
            return golden.tensor(number + "." + site + (name.contains(".lora_A.") ? ".a" : ".b"));
        });
    }
}
