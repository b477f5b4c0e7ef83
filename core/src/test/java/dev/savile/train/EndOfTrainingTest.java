package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.model.CausalLm;
import dev.savile.objective.Fit;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import dev.savile.text.MaskedRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A run ends when validation does not improve any more or its time is up, and not only after its steps.
class EndOfTrainingTest {
    private static final TrainingOptions OPTIONS = new TrainingOptions(
            0.02,
            new Schedule(Schedule.Shape.CONSTANT, 0),
            40,
            6,
            512,
            0,
            false,
            1,
            0.9,
            0.999,
            1e-8,
            0,
            0,
            5,
            0,
            1e9,
            MemorySaving.NONE);

    private static final MaskedRow MASKED = new MaskedRow(new int[] {1, 2, 3}, new boolean[3]);

    private static Trainer trainer(CausalLm model, TrainedTuning tuning, TrainingOptions options) {
        return new Trainer(
                model, tuning, options, Checkpoints.none(), TrainingListener.NONE, Progress.none(), new StopSignal());
    }

    /// The same questions with other answers: the better the rows are learned, the worse these get.
    private static List<EncodedRow> contradicted(List<EncodedRow> rows) {
        return rows.stream()
                .map(row -> new EncodedRow(row.promptIds(), new int[] {(row.completionIds()[0] + 40) % 83, 2}))
                .toList();
    }

    @Test
    void withoutImprovementItEndsEarlyWithTheBestValues() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                List<EncodedRow> rows = TinyTraining.rows(12);
                List<EncodedRow> validation = contradicted(rows);
                List<Double> losses = new ArrayList<>();
                var listener = new TrainingListener() {
                    @Override
                    public void validated(long step, Fit fit, boolean best) {
                        losses.add(fit.loss());
                    }
                };
                var trainer = new Trainer(
                        model,
                        lora,
                        OPTIONS.withEnd(0, 3, 0),
                        Checkpoints.none(),
                        listener,
                        Progress.none(),
                        new StopSignal());
                TrainingResult result = trainer.run(rows, validation);
                assertThat(result.end()).isEqualTo(TrainingResult.End.EARLY);
                int best = losses.indexOf(losses.stream().min(Double::compare).orElseThrow());
                assertThat(losses).hasSize(best + 1 + 3); // three validations since the best
                assertThat(result.steps()).isEqualTo(2L * losses.size());
                assertThat(result.validation().orElseThrow().loss()).isEqualTo(losses.get(best));
                assertThat(trainer.fit(validation).loss()).isCloseTo(losses.get(best), within(1e-9));
            }
        });
    }

    @Test
    void withinAnEpochItIsValidatedAsOftenAsIsAsked() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                List<Long> steps = new ArrayList<>();
                var listener = new TrainingListener() {
                    @Override
                    public void validated(long step, Fit fit, boolean best) {
                        steps.add(step);
                    }
                };
                var options = OPTIONS.withEpochs(2).withEnd(0, 0, 3);
                new Trainer(model, lora, options, Checkpoints.none(), listener, Progress.none(), new StopSignal())
                        .run(TinyTraining.rows(24), TinyTraining.rows(2));
                assertThat(steps).containsExactly(3L, 4L, 6L, 8L); // 4 steps an epoch
            }
        });
    }

    @Test
    void whenItsTimeIsUpItKeepsWhatWasLearned() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                TrainingResult result =
                        trainer(model, lora, OPTIONS.withMaxSeconds(1e-9)).run(TinyTraining.rows(12));
                assertThat(result.end()).isEqualTo(TrainingResult.End.TIME);
                assertThat(result.steps()).isOne();
            }
        });
    }

    @Test
    void aStepWithoutAnythingLearnedIsRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                var trainer = trainer(model, lora, OPTIONS);
                assertThatThrownBy(() -> trainer.run(List.of(MASKED))).isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("train.targets");
                    assertThat(e.what()).contains("step 1");
                });
            }
        });
    }

    @Test
    void rowsToValidateOnWithoutAnythingLearnedAreRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                var trainer = trainer(model, lora, OPTIONS);
                assertThatThrownBy(() -> trainer.run(TinyTraining.rows(12), List.of(MASKED)))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("train.validation"));
            }
        });
    }
}
