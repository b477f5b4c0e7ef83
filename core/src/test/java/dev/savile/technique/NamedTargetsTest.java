package dev.savile.technique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.Targets.Names;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Every name that a user gives must stand for something in the model: a misspelled one is refused with the nearest,
/// not left out.
class NamedTargetsTest {
    private static final Names NONE = new Names(List.of());
    private static final Names ATTENTION = new Names(List.of("q_proj", "v_proj"));

    private static LoraSpec lora(
            Targets targets,
            Targets excluded,
            List<Integer> layers,
            List<String> lists,
            Map<String, Integer> ranks,
            Map<String, Double> alphas,
            List<String> saved) {
        return new LoraSpec(
                4,
                8,
                0,
                targets,
                excluded,
                layers,
                lists,
                ranks,
                alphas,
                false,
                false,
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                saved,
                false);
    }

    private static LoraSpec ranks(Map<String, Integer> ranks) {
        return lora(ATTENTION, NONE, List.of(), List.of(), ranks, Map.of(), List.of());
    }

    @Test
    void misspelledNamesOfLoraAreRefused() {
        refused("lora.targets", "'v_porj'", "did you mean 'v_proj'", lora(new Names(List.of("q_proj", "v_porj"))));
        refused(
                "lora.targets",
                "'self_atn.v_proj'",
                "did you mean 'self_attn.v_proj'",
                lora(new Names(List.of("self_atn.v_proj"))));
        refused("lora.targets", "'.*porj'", "q_proj", lora(new Targets.Regex(".*porj")));
        refused(
                "lora.exclude",
                "'donw_proj'",
                "down_proj",
                lora(ATTENTION, new Names(List.of("donw_proj")), List.of(), List.of(), Map.of(), Map.of(), List.of()));
        refused(
                "lora.layers",
                "no layer 99",
                "0 to 2",
                lora(ATTENTION, NONE, List.of(0, 99), List.of(), Map.of(), Map.of(), List.of()));
        refused(
                "lora.layers-pattern",
                "'blocks'",
                "layers",
                lora(ATTENTION, NONE, List.of(0), List.of("layers", "blocks"), Map.of(), Map.of(), List.of()));
        refused("lora.rank-pattern", "'k_proj'", "q_proj, v_proj", ranks(Map.of("k_proj", 2)));
        refused(
                "lora.alpha-pattern",
                "'q_porj'",
                "did you mean 'q_proj'",
                lora(ATTENTION, NONE, List.of(), List.of(), Map.of(), Map.of("q_porj", 2.0), List.of()));
        refused(
                "lora.saved",
                "'nrom'",
                "did you mean 'norm'",
                lora(ATTENTION, NONE, List.of(), List.of(), Map.of(), Map.of(), List.of("nrom")));
    }

    /// PEFT goes by the end of a module's path, whatever stands before it.
    @Test
    void savedModulesAreThoseWhosePathsEndSo() {
        EngineThread.run(() -> {
            LoraSpec spec = lora(ATTENTION, NONE, List.of(), List.of(), Map.of(), Map.of(), List.of("norm"));
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning tuning = LoraTuning.fresh(spec, model, 1)) {
                long norms = model.namedParameters().keySet().stream()
                        .filter(name -> name.endsWith("norm.weight"))
                        .count();
                assertThat(norms).isEqualTo(1 + 2L * model.spec().layers());
                assertThat(tuning.trainables().stream()
                                .filter(t -> t.name().endsWith("norm.weight"))
                                .count())
                        .isEqualTo(norms);
            }
        });
    }

    private static LoraSpec lora(Targets targets) {
        return lora(targets, NONE, List.of(), List.of(), Map.of(), Map.of(), List.of());
    }

    /// Files list the keys in the order of the alphabet, and the first that matches counts.
    @Test
    void patternsThatOverlapAreRefused() {
        refused(
                "lora.rank-pattern",
                "model.layers.1.self_attn.q_proj",
                "only one",
                ranks(new TreeMap<>(Map.of("q_proj", 2, "layers\\.1\\..*", 3))));
    }

    @Test
    void whatIsNoRegularExpressionIsRefused() {
        assertCode("lora.rank-pattern", () -> ranks(Map.of("q_proj)", 2)));
        assertCode(
                "lora.alpha-pattern",
                () -> lora(ATTENTION, NONE, List.of(), List.of(), Map.of(), Map.of("[", 2.0), List.of()));
        assertCode("targets.regex", () -> new Targets.Regex("*_proj"));
        assertCode("full.parameters", () -> new FullSpec(List.of("*norm")));
    }

    @Test
    void misspelledNamesOfOtherTechniquesAreRefused() {
        Names down = new Names(List.of("down_proj"));
        refused(
                "ia3.targets",
                "'k_prj'",
                "k_proj",
                ia3(new Names(List.of("k_prj", "v_proj", "down_proj")), down, NONE));
        refused("ia3.feed-forward", "'dwn_proj'", "down_proj", ia3(down, new Names(List.of("dwn_proj")), NONE));
        refused("ia3.exclude", "'dwn_proj'", "down_proj", ia3(down, down, new Names(List.of("dwn_proj"))));
        refused(
                "full.parameters",
                "'.*self_atn.*'",
                "model.layers.N.self_attn.q_proj.weight",
                model -> FullTuning.fresh(new FullSpec(List.of(".*norm.*", ".*self_atn.*")), model));
        refused("bottleneck.leave-out", "no layer 3", "0 to 2", bottleneck(Map.of(), List.of(1, 3)));
        refused("bottleneck.reductions", "no layer 7", "0 to 2", bottleneck(Map.of(7, 8.0), List.of()));
    }

    private static Function<CausalLm, TrainedTuning> ia3(Targets targets, Targets feedForward, Targets excluded) {
        return model -> Ia3Tuning.fresh(new Ia3Spec(targets, feedForward, excluded), model);
    }

    private static Function<CausalLm, TrainedTuning> bottleneck(
            Map<Integer, Double> reductions, List<Integer> leftOut) {
        return model -> BottleneckTuning.fresh(
                new BottleneckSpec(
                        BottleneckSpec.Wiring.HOULSBY,
                        0,
                        16,
                        reductions,
                        BottleneckSpec.Activation.RELU,
                        BottleneckSpec.Scaling.FIXED,
                        1,
                        0,
                        false,
                        leftOut),
                model,
                1);
    }

    /// PEFT asks of a file only that something is adapted.
    @Test
    void filesOfOthersMayNameWhatIsNotThere() {
        LoraSpec foreign = lora(
                new Names(List.of("q_proj", "query_key_value")),
                new Names(List.of("classifier")),
                List.of(0, 99),
                List.of(),
                new TreeMap<>(Map.of("q_proj", 2, "layers\\.0\\..*", 3, "dense", 5)),
                Map.of(),
                List.of("score"));
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    var read = LoraTuning.from(
                            foreign, model, (_, shape) -> Tensors.zeros(model.dtype(), model.device(), shape))) {
                assertThat(read.adapted()).containsExactly("model.layers.0.self_attn.q_proj");
                // of several keys the first counts, as the file has them
                assertThat(read.trainables().getFirst().value().size(0)).isEqualTo(3);
            }
        });
    }

    private static void refused(String code, String what, String fix, LoraSpec spec) {
        refused(code, what, fix, model -> LoraTuning.fresh(spec, model, 1));
    }

    private static void refused(String code, String what, String fix, Function<CausalLm, TrainedTuning> start) {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                assertThatThrownBy(() -> start.apply(model)).isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.what()).contains(what);
                    assertThat(e.fix()).contains(fix);
                });
            }
        });
    }

    private static void assertCode(String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(UserError.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }
}
