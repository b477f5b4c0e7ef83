package dev.savile.technique.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.model.Tuning;
import dev.savile.technique.AllTechniques;
import dev.savile.testing.TinyModels;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LoraBlendTest {
    private static final double[] WEIGHTS = {0.7, 0.4};
    private static final double DENSITY = 0.3;

    private static LoraTuning trained(CausalLm model, int rank, long seed) {
        LoraTuning lora = LoraTuning.fresh(LoraSpec.of(rank, 2.0 * rank), model, seed);
        AllTechniques.disturb(lora, 0.2, seed);
        return lora;
    }

    private static LoraBlend.Settings settings(LoraBlend.Method method, int rank) {
        return new LoraBlend.Settings(method, rank, 0.5, 1);
    }

    @Test
    void catIsTheExactSum() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64);
                    LoraTuning one = trained(model, 2, 1);
                    LoraTuning two = trained(model, 4, 2);
                    LoraTuning sum = LoraBlend.of(model, List.of(one, two), WEIGHTS, settings(LoraBlend.Method.CAT, 0))
                            .lora();
                    var scope = Scope.open();
                    var off = Grad.off()) {
                assertThat(sum.spec().rank()).isEqualTo(6);
                for (Linear site : model.linears()) {
                    if (!sum.adapted().contains(site.path())) continue;
                    Tensor expected = site.weight()
                            .plus(one.merged(site).minus(site.weight()), WEIGHTS[0])
                            .plus(two.merged(site).minus(site.weight()), WEIGHTS[1]);
                    assertThat(sum.merged(site).minus(expected).abs().max().item())
                            .isLessThan(1e-12);
                }
            }
        });
    }

    /// The singular values that are left out are all that is lost.
    @Test
    void svdIsExactAtTheFullRankAndLosesLittleBelow() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64);
                    LoraTuning one = trained(model, 2, 1);
                    LoraTuning two = trained(model, 2, 2)) {
                List<LoraTuning> parts = List.of(one, two);
                var whole = LoraBlend.of(model, parts, WEIGHTS, settings(LoraBlend.Method.SVD, 4));
                var less = LoraBlend.of(model, parts, WEIGHTS, settings(LoraBlend.Method.SVD, 2));
                assertThat(whole.error()).isLessThan(1e-10);
                assertThat(less.error()).isBetween(1e-3, 0.9);
                var linear = LoraBlend.of(model, parts, WEIGHTS, settings(LoraBlend.Method.LINEAR, 0));
                assertThat(less.error()).isLessThan(linear.error()); // no other of this rank is nearer
                for (var result : List.of(whole, less, linear)) result.lora().close();
            }
        });
    }

    @Test
    void anAdapterWithItselfIsItselfByEveryMethodThatDropsNothing() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.gpt2());
                    LoraTuning one = trained(model, 3, 1);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                double[] expected = logits(model, one);
                for (var method : List.of(LoraBlend.Method.CAT, LoraBlend.Method.SVD)) {
                    var blend = LoraBlend.of(model, List.of(one, one), new double[] {0.5, 0.5}, settings(method, 3));
                    double[] actual = logits(model, blend.lora());
                    for (int i = 0; i < expected.length; i++)
                        assertThat(actual[i]).isCloseTo(expected[i], within(1e-3));
                    blend.lora().close();
                }
                // 1/2 of the sum of two equal factors, each by the root of 1/2, is twice too much: the product of sums
                // has cross terms, which is why linear is an approximation.
                var linear = LoraBlend.of(
                        model, List.of(one, one), new double[] {0.5, 0.5}, settings(LoraBlend.Method.LINEAR, 0));
                assertThat(linear.error()).isCloseTo(1, within(1e-4));
                linear.lora().close();
            }
        });
    }

    @Test
    void aNegativeWeightTakesAnAdapterAway() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64);
                    LoraTuning one = trained(model, 2, 1)) {
                for (var method : List.of(LoraBlend.Method.CAT, LoraBlend.Method.SVD, LoraBlend.Method.LINEAR)) {
                    var blend = LoraBlend.of(model, List.of(one), new double[] {-0.5}, settings(method, 0));
                    try (LoraTuning away = blend.lora();
                            var scope = Scope.open();
                            var off = Grad.off()) {
                        Linear site = model.linears().getFirst();
                        Tensor change = away.merged(site).minus(site.weight());
                        Tensor given = one.merged(site).minus(site.weight());
                        assertThat(change.plus(given, 0.5).abs().max().item()).isLessThan(1e-12);
                        assertThat(blend.error()).isLessThan(1e-12);
                    }
                }
            }
        });
    }

    /// What stays is scaled up by what was dropped, so that the mean over many seeds is the value itself.
    @Test
    void dareDropsByChanceAndKeepsTheExpectation() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning one = trained(model, 4, 1)) {
                String path = model.linears().getFirst().path();
                float[] given;
                try (var scope = Scope.open()) {
                    LoraTuning.Factors factors = Objects.requireNonNull(one.factors(path));
                    given = factors.a().times(Math.sqrt(factors.scale())).toFloats();
                }
                int seeds = 400;
                double[] mean = new double[given.length];
                long kept = 0;
                for (int seed = 0; seed < seeds; seed++) {
                    var settings = new LoraBlend.Settings(LoraBlend.Method.DARE_LINEAR, 0, DENSITY, seed);
                    try (LoraTuning blend = LoraBlend.of(model, List.of(one), new double[] {1}, settings)
                                    .lora();
                            var scope = Scope.open()) {
                        float[] own =
                                Objects.requireNonNull(blend.factors(path)).a().toFloats();
                        for (int i = 0; i < own.length; i++) {
                            mean[i] += own[i] / seeds;
                            if (own[i] == 0) continue;
                            kept++;
                            assertThat((double) own[i]).isCloseTo(given[i] / DENSITY, within(1e-5));
                        }
                    }
                }
                double share = (double) kept / seeds / given.length;
                assertThat(share).isCloseTo(DENSITY, within(0.01));
                // The deviation of a mean of 400 is sqrt((1 - d) / d / 400) of the value; five of them.
                double deviation = Math.sqrt((1 - DENSITY) / DENSITY / seeds);
                for (int i = 0; i < mean.length; i++)
                    assertThat(mean[i]).isCloseTo(given[i], within(5 * deviation * Math.abs(given[i]) + 1e-6));
            }
        });
    }

    @Test
    void whatCannotBeAddedUpIsRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning two = trained(model, 2, 1);
                    LoraTuning three = trained(model, 3, 1);
                    LoraTuning dora = LoraTuning.fresh(LoraSpec.of(2, 4).withDora(true), model, 1)) {
                refused(
                        "blend.parts",
                        () -> LoraBlend.of(model, List.of(two, three), WEIGHTS, settings(LoraBlend.Method.LINEAR, 0)));
                refused(
                        "blend.parts",
                        () -> LoraBlend.of(model, List.of(two, dora), WEIGHTS, settings(LoraBlend.Method.CAT, 0)));
                refused(
                        "blend.weights",
                        () -> LoraBlend.of(
                                model, List.of(two, three), new double[] {1}, settings(LoraBlend.Method.CAT, 0)));
                refused(
                        "blend.weights",
                        () -> LoraBlend.of(
                                model,
                                List.of(two, three),
                                new double[] {1, Double.NaN},
                                settings(LoraBlend.Method.CAT, 0)));
                refused("blend.rank", () -> settings(LoraBlend.Method.SVD, -1));
            }
        });
    }

    private static void refused(String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(UserError.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    private static double[] logits(CausalLm model, Tuning tuning) {
        Tensor hidden = model.forward(TokenForest.ofRow(3, 1, 4, 1, 5), tuning);
        return model.logits(hidden, tuning).toDoubles();
    }
}
