package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.customization.PeftFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Scope;
import dev.savile.model.CausalLm;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Six steps and six more from the saved adapter are twelve, to the bit, where order and schedule play no part.
class CarriedOptimizerTest {
    @TempDir
    Path temp;

    /// A step sees all rows, whose order within it changes nothing.
    private static void train(CausalLm model, TrainedTuning tuning, int steps, Checkpoints checkpoints) {
        var options = new TrainingOptions(
                0.01,
                new Schedule(Schedule.Shape.CONSTANT, 0),
                steps,
                12,
                4096,
                0.01,
                false,
                1,
                0.9,
                0.999,
                1e-8,
                0,
                5,
                0,
                1e9,
                MemorySaving.NONE);
        new Trainer(model, tuning, options, checkpoints, TrainingListener.NONE, Progress.none(), new StopSignal())
                .run(TinyTraining.rows(12));
    }

    private static List<float[]> values(TrainedTuning tuning) {
        List<float[]> values = new ArrayList<>();
        try (var scope = Scope.open()) {
            for (var trained : tuning.trainables()) values.add(trained.value().toFloats());
        }
        return values;
    }

    private static CarriedOptimizer into(Path folder) {
        return CarriedOptimizer.into(folder, Checkpoints.none(), Progress.none());
    }

    @ParameterizedTest
    @ValueSource(strings = {"p-tuning-mlp", "p-tuning-lstm", "prefix-projection"})
    void trainingGoesOnFromTheAverages(String technique) {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                List<float[]> whole;
                try (TrainedTuning tuning = AllTechniques.start(technique, model)) {
                    train(model, tuning, 12, Checkpoints.none());
                    whole = values(tuning);
                }
                Path first = temp.resolve("first");
                try (TrainedTuning tuning = AllTechniques.start(technique, model)) {
                    train(model, tuning, 6, into(first));
                    PeftFolder.write(first, tuning, model, "base");
                }
                assertThat(first.resolve("savile/optimizer.safetensors")).exists();
                try (TrainedTuning tuning = PeftFolder.readToTrain(first, model)) {
                    train(model, tuning, 6, into(temp.resolve("second")).from(first));
                    List<float[]> further = values(tuning);
                    for (int i = 0; i < whole.size(); i++)
                        assertThat(further.get(i)).isEqualTo(whole.get(i));
                }
                try (TrainedTuning tuning = PeftFolder.readToTrain(first, model)) {
                    train(model, tuning, 6, into(temp.resolve("third")));
                    assertThat(values(tuning).getFirst()).isNotEqualTo(whole.getFirst()); // it matters
                }
            }
        });
    }
}
