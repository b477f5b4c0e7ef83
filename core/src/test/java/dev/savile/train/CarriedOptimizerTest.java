package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.customization.PeftFolder;
import dev.savile.customization.PromptTableFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Scope;
import dev.savile.model.CausalLm;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.SoftStart;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import dev.savile.train.CarriedOptimizer.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Six steps and six more from the saved adapter are twelve, to the bit, where order and schedule play no part.
class CarriedOptimizerTest {
    @TempDir
    Path temp;

    /// A step sees all rows, whose order within it changes nothing.
    private static void train(CausalLm model, TrainedTuning tuning, int steps, Checkpoints checkpoints) {
        train(model, tuning, steps, checkpoints, TinyTraining.rows(12));
    }

    private static void train(
            CausalLm model, TrainedTuning tuning, int steps, Checkpoints checkpoints, List<EncodedRow> rows) {
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
                0,
                5,
                0,
                1e9,
                MemorySaving.NONE);
        new Trainer(model, tuning, options, checkpoints, TrainingListener.NONE, Progress.none(), new StopSignal())
                .run(rows);
    }

    private static List<float[]> values(TrainedTuning tuning) {
        List<float[]> values = new ArrayList<>();
        try (var scope = Scope.open()) {
            for (var trained : tuning.trainables()) values.add(trained.value().toFloats());
        }
        return values;
    }

    private static CarriedOptimizer into(Path folder) {
        return CarriedOptimizer.into(Place.alone(folder), Checkpoints.none(), Progress.none());
    }

    private static TaskTemplate task(String name) {
        return new TaskTemplate(name, "<|VIRTUAL_PROMPT_0|>{text}{label}", 3, List.of(3), null, true, "label", null);
    }

    /// Rows of the tasks in turn.
    private static List<EncodedRow> rows(PromptTable table, List<String> tasks) {
        List<EncodedRow> rows = new ArrayList<>();
        for (EncodedRow row : TinyTraining.rows(12)) {
            int first = table.ids().first(tasks.get(rows.size() % tasks.size()));
            int[] virtual = {first, first + 1, first + 2};
            rows.add(new EncodedRow(
                    IntStream.concat(Arrays.stream(virtual), Arrays.stream(row.promptIds()))
                            .toArray(),
                    row.completionIds()));
        }
        return rows;
    }

    private void train(CausalLm model, PromptTable table, List<String> tasks, int steps, Path to, List<Place> from) {
        List<Place> into = tasks.stream()
                .map(task -> new Place(table.owner(task), to.resolve(task)))
                .toList();
        CarriedOptimizer carried = CarriedOptimizer.into(into, Checkpoints.none(), Progress.none());
        train(model, table, steps, from.isEmpty() ? carried : carried.from(from), rows(table, tasks));
        PromptTableFolder.write(to, table, temp.resolve("before"), model, "base");
    }

    private static List<Place> places(Path folder, String... tasks) {
        return Arrays.stream(tasks)
                .map(task -> new Place(task, folder.resolve(task)))
                .toList();
    }

    @Test
    void tasksOfATableGoOnFromTheirEncodersAndAverages() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                List<String> tasks = List.of("a", "b");
                Path whole = temp.resolve("whole");
                Path first = temp.resolve("first");
                for (Path to : List.of(whole, first))
                    try (PromptTable table = PromptTable.empty(model)
                            .withNew(task("a"), new Encoder.Mlp(6), 1)
                            .withNew(task("b"), new Encoder.Lstm(4, 1, 0), 1)) {
                        train(model, table, tasks, to.equals(whole) ? 12 : 6, to, List.of());
                    }
                Path second = temp.resolve("second");
                try (PromptTable table = PromptTableFolder.readToTrain(first, model, tasks, true)) {
                    train(model, table, tasks, 6, second, places(first, "a", "b"));
                }
                for (String task : tasks)
                    for (String file : List.of("adapter_model.safetensors", "savile/encoder.safetensors"))
                        assertThat(second.resolve(task).resolve(file))
                                .hasSameBinaryContentAs(whole.resolve(task).resolve(file));
            }
        });
    }

    @Test
    void aTaskThatSharedItsEncoderGoesOnByItself() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                Path first = temp.resolve("before");
                try (PromptTable table = PromptTable.empty(model)
                        .withTogether(
                                List.of(task("a"), task("b")),
                                new Encoder.Lstm(4, 1, 0),
                                Map.of("a", new int[] {5}, "b", new int[] {6}),
                                1)) {
                    train(model, table, List.of("a", "b"), 3, first, List.of());
                }
                Path second = temp.resolve("second");
                try (PromptTable table = PromptTableFolder.readToTrain(first, model, List.of("b"), true)) {
                    assertThat(table.trainedTasks()).containsExactly("b");
                    train(model, table, List.of("b"), 3, second, places(first, "b"));
                }
                assertThat(second.resolve("a/adapter_model.safetensors"))
                        .hasSameBinaryContentAs(first.resolve("a/adapter_model.safetensors"));
                assertThat(Digest.ofFile(second.resolve("b/adapter_model.safetensors")))
                        .isNotEqualTo(Digest.ofFile(first.resolve("b/adapter_model.safetensors")));
            }
        });
    }

    @Test
    void averagesOfUnlikeNumbersOfUpdatesAreNotMixed() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                Path first = temp.resolve("first");
                for (String task : List.of("a", "b"))
                    try (PromptTable table = PromptTable.empty(model).withNew(task(task), new Encoder.Mlp(6), 1)) {
                        train(model, table, List.of(task), task.equals("a") ? 2 : 3, first, List.of());
                    }
                DurableFiles.write(first.resolve("savile/tasks.json"), "[\"a\",\"b\"]");
                List<List<float[]>> ends = new ArrayList<>();
                for (List<Place> from : List.of(places(first, "a", "b"), List.<Place>of()))
                    try (PromptTable table = PromptTableFolder.readToTrain(first, model, List.of("a", "b"), true)) {
                        train(model, table, List.of("a", "b"), 2, temp.resolve("then" + ends.size()), from);
                        ends.add(values(table));
                    }
                for (int i = 0; i < ends.getFirst().size(); i++)
                    assertThat(ends.getFirst().get(i)).isEqualTo(ends.getLast().get(i));
            }
        });
    }

    @Test
    void aTaskWithoutAnEncoderGoesOnFromItsVectorsOnly() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                Path first = temp.resolve("first");
                try (PromptTable table = PromptTable.empty(model).withNew(task("a"), SoftStart.RANDOM, new int[0], 1)) {
                    train(model, table, List.of("a"), 2, first, List.of());
                }
                assertThatThrownBy(() -> PromptTableFolder.readToTrain(first, model, List.of("a"), true))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("task.encoder"));
                try (PromptTable table = PromptTableFolder.readToTrain(first, model, List.of("a"), false)) {
                    assertThat(table.trainedValues())
                            .isEqualTo(3L * model.spec().hidden());
                }
            }
        });
    }

    @Test
    void anEncoderOfOtherVectorsIsRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2())) {
                for (int seed = 1; seed <= 2; seed++)
                    try (PromptTable table = PromptTable.empty(model).withNew(task("a"), new Encoder.Mlp(6), seed)) {
                        train(model, table, List.of("a"), 2, temp.resolve("table" + seed), List.of());
                    }
                Path first = temp.resolve("table1");
                Path encoder = first.resolve("a/savile/encoder.safetensors");
                DurableFiles.delete(encoder);
                DurableFiles.moveInto(temp.resolve("table2/a/savile/encoder.safetensors"), encoder);
                assertThatThrownBy(() -> PromptTableFolder.readToTrain(first, model, List.of("a"), true))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("adapter.encoder"));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"p-tuning-mlp", "p-tuning-nemo", "p-tuning-lstm", "prefix-projection"})
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
                    train(model, tuning, 6, into(temp.resolve("second")).from(Place.alone(first)));
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
