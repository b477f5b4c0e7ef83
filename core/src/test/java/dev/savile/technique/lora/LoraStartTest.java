package dev.savile.technique.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.UserError;
import dev.savile.customization.PeftFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.model.Tuning;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.Draws;
import dev.savile.technique.Targets;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Factors that are taken out of the weights, and given back when the adapter is saved.
class LoraStartTest {
    @TempDir
    Path folder;

    /// With another rank and another alpha for some kinds of linears.
    private static LoraSpec spec(LoraStart start, CausalLm model) {
        return new LoraSpec(
                3,
                6,
                0,
                new Targets.AllLinear(),
                new Targets.Names(List.of()),
                List.of(),
                List.of(),
                Map.of(model.linearNames().get(1), 2),
                Map.of(model.linearNames().get(2), 5.0),
                false,
                false,
                1,
                start,
                LoraSpec.Bias.NONE,
                List.of(),
                false);
    }

    @ParameterizedTest
    @EnumSource(
            value = LoraStart.class,
            names = {"PISSA", "OLORA"})
    void untrainedItGivesTheBasesLogitsAndSavedItLoadsAsPlainLora(LoraStart start) {
        EngineThread.run(() -> {
            for (var shape : TinyModels.families())
                try (CausalLm model = TinyModels.of(shape);
                        var tuning = LoraTuning.fresh(spec(start, model), model, 1);
                        var scope = Scope.open();
                        var off = Grad.off()) {
                    assertClose(logits(model, tuning), logits(model, Tuning.NONE));
                    AllTechniques.disturb(tuning, 0.1, 1);
                    double[] trained = logits(model, tuning);
                    Path own = folder.resolve(shape.family() + shape.windows().getLast());
                    PeftFolder.write(own, tuning, model, "base");
                    try (var loaded = PeftFolder.read(own, model)) {
                        assertClose(logits(model, loaded), trained);
                    }
                }
        });
    }

    /// What is saved has twice the rank, which may be above the size of a layer.
    @ParameterizedTest
    @EnumSource(
            value = LoraStart.class,
            names = {"PISSA", "OLORA"})
    void theLargestRankIsLoadedAgain(LoraStart start) {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                int rank = model.linears().stream()
                        .mapToInt(linear -> (int) Math.min(linear.in(), linear.out()))
                        .min()
                        .orElseThrow();
                LoraSpec largest = LoraSpec.of(rank, 2 * rank).withStart(start);
                try (var tuning = LoraTuning.fresh(largest, model, 1);
                        var scope = Scope.open();
                        var off = Grad.off()) {
                    AllTechniques.disturb(tuning, 0.1, 1);
                    Path own = folder.resolve("largest");
                    PeftFolder.write(own, tuning, model, "base");
                    try (var loaded = PeftFolder.read(own, model)) {
                        assertClose(logits(model, loaded), logits(model, tuning));
                    }
                }
                LoraSpec above = LoraSpec.of(rank + 1, 2 * rank).withStart(start);
                assertThatThrownBy(() -> LoraTuning.fresh(above, model, 1))
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.code()).isEqualTo("lora.rank");
                            assertThat(e.fix()).contains("at most " + rank);
                        });
            }
        });
    }

    @Test
    void pissaTakesTheStrongestDirections() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                Linear site = model.linears().getFirst();
                var parts = Decomposition.of(LoraStart.PISSA, site, 4, 2, new Draws(model.device(), 1));
                Tensor rest = site.weight().plus(parts.b().matmul(parts.a()), -2);
                double[] all = Ops.svd(site.weight()).values().toDoubles();
                double[] left = Ops.svd(rest).values().toDoubles();
                for (int i = 0; i + 4 < all.length; i++) assertThat(left[i]).isCloseTo(all[i + 4], within(1e-6));
            }
        });
    }

    @Test
    void trainingChangesTheFactorsOnly() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    var tuning = LoraTuning.fresh(spec(LoraStart.OLORA, model), model, 1)) {
                assertThat(tuning.trainables()).allMatch(t -> t.name().contains(".lora_"));
            }
        });
    }

    private static double[] logits(CausalLm model, Tuning tuning) {
        Tensor hidden = model.forward(TokenForest.ofRow(3, 1, 4, 1, 5, 9, 2, 6), tuning);
        return model.logits(hidden, tuning).toDoubles();
    }

    private static void assertClose(double[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++)
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-4 * Math.max(1, Math.abs(expected[i]))));
    }
}
