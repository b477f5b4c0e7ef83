package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.Activations;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.objective.SupervisedObjective;
import dev.savile.objective.SupervisedObjective.Pass;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What needs less memory gives the same gradients, updates and results.
class MemorySavingTest {
    static Stream<String> techniques() {
        return AllTechniques.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void recomputedLayersGiveTheSameGradients(String name) {
        EngineThread.run(() -> {
            for (ModelSpec spec : List.of(TinyModels.qwen2(), TinyModels.gpt2())) {
                try (CausalLm model = TinyModels.of(spec);
                        TrainedTuning tuning = AllTechniques.start(name, model)) {
                    AllTechniques.disturb(tuning, 0.05, 2);
                    List<EncodedRow> rows = AllTechniques.rows(tuning, model, TinyTraining.rows(12));
                    List<Pass> passes = SupervisedObjective.passes(rows, tuning.lead(), 40);
                    assertThat(passes).hasSizeGreaterThan(1);
                    double kept = backward(model, tuning, passes, Activations.KEPT);
                    List<double[]> expected = AllTechniques.gradients(tuning);
                    List<Integer> told = new ArrayList<>();
                    double again = backward(model, tuning, passes, new Activations(true, told::add));
                    List<double[]> gradients = AllTechniques.gradients(tuning);
                    assertThat(again).isCloseTo(kept, within(1e-5));
                    for (int i = 0; i < expected.size(); i++)
                        assertThat(gradients.get(i))
                                .as(tuning.trainables().get(i).name())
                                .containsExactly(expected.get(i), within(2e-5));
                    assertThat(told.subList(0, spec.layers()))
                            .isSortedAccordingTo((a, b) -> b - a)
                            .endsWith(0);
                }
            }
        });
    }

    /// With dropout the second run of a layer must drop what the first one dropped: only then is the gradient that of
    /// the loss.
    @Test
    void recomputedLayersDropTheSameBothTimes() {
        EngineThread.run(() -> {
            LoraSpec dropping = AllTechniques.lora(LoraSpec.of(4, 8), 0.5, LoraStart.USUAL, LoraSpec.Bias.NONE);
            try (CausalLm model = TinyModels.of(TinyModels.qwen2(), Precision.FP64);
                    LoraTuning tuning = LoraTuning.fresh(dropping, model, 1)) {
                tuning.training(true);
                AllTechniques.disturb(tuning, 0.1, 2);
                Pass pass = SupervisedObjective.passes(TinyTraining.rows(4), tuning.lead(), 512)
                        .getFirst();
                var recomputing = new Activations(true, layer -> {});
                loss(model, tuning, pass, recomputing);
                double[] gradient = AllTechniques.gradients(tuning).getFirst();
                Tensor value = tuning.trainables().getFirst().value();
                double step = 1e-5;
                for (int place : new int[] {0, 3, 7}) {
                    double above = loss(model, tuning, pass, recomputing, value, place, step);
                    double below = loss(model, tuning, pass, recomputing, value, place, -2 * step);
                    loss(model, tuning, pass, recomputing, value, place, step);
                    assertThat(gradient[place]).isCloseTo((above - below) / (2 * step), within(1e-6));
                }
            }
        });
    }

    private static double loss(
            CausalLm model, TrainedTuning tuning, Pass pass, Activations activations, Tensor value, int at, double by) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            value.detach().reshape(-1).narrow(0, at, 1).addInPlace(Tensors.of(new double[] {by}, 1));
        }
        double loss = loss(model, tuning, pass, activations);
        AllTechniques.gradients(tuning);
        return loss;
    }

    private static double loss(CausalLm model, TrainedTuning tuning, Pass pass, Activations activations) {
        Ops.seed(77);
        return SupervisedObjective.backward(model, tuning, pass, 8, activations);
    }

    private static double backward(CausalLm model, TrainedTuning tuning, List<Pass> passes, Activations activations) {
        double loss = 0;
        for (Pass pass : passes) loss += SupervisedObjective.backward(model, tuning, pass, 24, activations);
        return loss;
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void layersUpdatedInTheBackwardPassEndWithTheSameBits(String name) {
        List<float[]> plain = run(name, MemorySaving.NONE).values();
        List<float[]> early = run(name, new MemorySaving(false, true, false)).values();
        for (int i = 0; i < plain.size(); i++) assertThat(early.get(i)).isEqualTo(plain.get(i));
    }

    @Test
    void narrowMomentsLearnAsWell() {
        double wide = run("full", MemorySaving.NONE).loss();
        double narrow = run("full", new MemorySaving(false, false, true)).loss();
        double first = new TinyTraining("full", 3, 512, 0, MemorySaving.NONE)
                .run(Checkpoints.none(), 1)
                .loss();
        assertThat(wide).isLessThan(0.9 * first);
        assertThat(narrow).isCloseTo(wide, within(0.05 * first));
    }

    @Test
    void aStepOfSeveralPassesCannotUpdateLayersEarly() {
        assertThatThrownBy(() -> new TinyTraining("lora", 3, 8, 0, new MemorySaving(false, true, false))
                        .run(Checkpoints.none(), -1))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("train.passes"));
        assertThatThrownBy(() -> TrainingOptions.of(0.1).withSaving(new MemorySaving(false, true, false)))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("train.clip-norm"));
    }

    private static TinyTraining.Outcome run(String name, MemorySaving saving) {
        return new TinyTraining(name, 3, 512, 0, saving).run(Checkpoints.none(), -1);
    }
}
