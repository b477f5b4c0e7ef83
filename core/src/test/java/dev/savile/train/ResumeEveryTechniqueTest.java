package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.model.CausalLm;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A run that stops and goes on ends with the bits of one that did not, whatever the technique.
class ResumeEveryTechniqueTest {
    @TempDir
    Path temp;

    static Stream<String> techniques() {
        return AllTechniques.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void resumedEqualsUninterrupted(String name) {
        List<float[]> whole = run(name, Checkpoints.none(), -1);
        var folder = new CheckpointFolder(temp, Map.of("the rows", "1"), Progress.none());
        run(name, folder, 3);
        List<float[]> resumed = run(name, folder, -1);
        for (int i = 0; i < whole.size(); i++) assertThat(resumed.get(i)).isEqualTo(whole.get(i));
    }

    private static List<float[]> run(String name, Checkpoints checkpoints, int stopAfter) {
        return EngineThread.call(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning tuning = Objects.requireNonNull(
                                    AllTechniques.all().get(name))
                            .over(model, 1)) {
                var stop = new StopSignal();
                var listener = new TrainingListener() {
                    @Override
                    public void step(StepEvent event) {
                        if (event.step() == stopAfter) stop.request();
                    }
                };
                var options = new TrainingOptions(
                        0.01,
                        new Schedule(Schedule.Shape.COSINE, 0.1),
                        2,
                        4,
                        512,
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
                new Trainer(model, tuning, options, checkpoints, listener, Progress.none(), stop).run(rows());
                List<float[]> values = new ArrayList<>();
                try (var scope = Scope.open()) {
                    for (var trained : tuning.trainables())
                        values.add(trained.value().toFloats());
                }
                return values;
            }
        });
    }

    private static List<EncodedRow> rows() {
        var rng = Rng.of(3, "rows");
        List<EncodedRow> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] prompt = new int[4 + rng.nextInt(8)];
            for (int k = 0; k < prompt.length; k++) prompt[k] = rng.nextInt(83);
            rows.add(new EncodedRow(prompt, new int[] {prompt[0], 1}));
        }
        return rows;
    }
}
