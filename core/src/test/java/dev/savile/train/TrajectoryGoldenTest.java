package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.customization.PeftFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.model.CausalLm;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.testing.Golden;
import dev.savile.text.EncodedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Twelve steps of training against PEFT and PyTorch: loss, gradient norm, learning rate and the trained values.
class TrajectoryGoldenTest {
    /// Two attention kernels of the reference itself end up to 3e-5 apart.
    private static final double FINAL = 1e-4;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dora",
                "full",
                "ia3",
                "lora",
                "lora-accumulated",
                "p-tuning-lstm",
                "p-tuning-mlp",
                "prefix-tuning",
                "prefix-tuning-projection",
                "prompt-tuning"
            })
    void twelveStepsFollowTheReference(String name) {
        EngineThread.run(() -> {
            Path folder = Golden.folder("train");
            JsonNode run = Json.tree(folder.resolve(name + ".json"));
            try (var model = Golden.model(run.get("base").stringValue(), Precision.FP32);
                    TrainedTuning tuning = start(name, folder, model);
                    var batches = Golden.open(folder.resolve(name).resolve("batches.safetensors"));
                    var optimizer = new AdamW(tuning.trainables(), options(run))) {
                var schedule = new Schedule(Schedule.Shape.COSINE, 0);
                int total = run.get("steps").intValue();
                for (int step = 0; step < total; step++) {
                    List<EncodedRow> rows = rows(batches, step % 4);
                    long targets = SupervisedObjective.targets(rows);
                    assertThat(targets)
                            .isEqualTo(run.get("target_tokens").get(step).longValue());
                    double loss = 0;
                    int microRows = run.get("micro_rows").intValue();
                    for (int from = 0; from < rows.size(); from += microRows)
                        for (var pass :
                                SupervisedObjective.passes(rows.subList(from, from + microRows), tuning.lead(), 512))
                            loss += SupervisedObjective.backward(model, tuning, pass, targets);
                    double norm = optimizer.gradientNorm();
                    double learningRate = run.get("lr").doubleValue()
                            * schedule.factor(step, run.get("warmup").intValue(), total);
                    assertThat(loss)
                            .as("loss of step %d", step)
                            .isCloseTo(run.get("loss").get(step).doubleValue(), within(1e-4));
                    assertThat(norm)
                            .as("norm of step %d", step)
                            .isCloseTo(run.get("grad_norm").get(step).doubleValue(), within(1e-4));
                    assertThat(learningRate)
                            .isCloseTo(run.get("learning_rate").get(step).doubleValue(), within(1e-12));
                    optimizer.step(learningRate, norm);
                }
                for (int batch = 0; batch < 4; batch++) {
                    List<EncodedRow> rows = rows(batches, batch);
                    double loss = 0;
                    for (var pass : SupervisedObjective.passes(rows, tuning.lead(), 512))
                        loss += SupervisedObjective.fit(model, tuning, pass).negativeLogProb();
                    assertThat(loss / SupervisedObjective.targets(rows))
                            .isCloseTo(run.get("loss_after").get(batch).doubleValue(), within(1e-4));
                }
                if (name.equals("full")) requireDescribed(tuning, run.get("final"));
                else requireSaved(tuning, folder.resolve(name).resolve("final"), model);
            }
        });
    }

    private static TrainedTuning start(String name, Path folder, CausalLm model) {
        if (name.equals("full")) return FullTuning.fresh(FullSpec.all(), model);
        return read(folder.resolve(name).resolve("init"), model);
    }

    private static TrainedTuning read(Path folder, CausalLm model) {
        return PeftFolder.readToTrain(folder, folder.resolve("encoder.safetensors"), model);
    }

    /// Every trained value of an adapter stands in the file that PEFT saved at the end.
    private static void requireSaved(TrainedTuning tuning, Path saved, CausalLm model) {
        try (TrainedTuning reference = read(saved, model);
                var scope = Scope.open()) {
            assertThat(tuning.trainables()).hasSameSizeAs(reference.trainables());
            for (int i = 0; i < tuning.trainables().size(); i++) {
                Trainable expected = reference.trainables().get(i);
                Trainable actual = tuning.trainables().get(i);
                assertThat(actual.name()).isEqualTo(expected.name());
                assertThat(actual.value().toFloats())
                        .as(actual.name())
                        .containsExactly(expected.value().toFloats(), within((float) FINAL));
            }
        }
    }

    /// Of a whole model the reference keeps each parameter's length, sum and first values.
    private static void requireDescribed(TrainedTuning tuning, JsonNode reference) {
        assertThat(tuning.trainables()).hasSize(reference.size());
        try (var scope = Scope.open()) {
            for (Trainable trained : tuning.trainables()) {
                JsonNode expected = reference.get(trained.name());
                double[] values = trained.value().toDoubles();
                double squares =
                        Arrays.stream(values).map(value -> value * value).sum();
                assertThat(Math.sqrt(squares))
                        .as(trained.name())
                        .isCloseTo(expected.get("norm").doubleValue(), within(FINAL));
                assertThat(Arrays.stream(values).sum())
                        .as(trained.name())
                        .isCloseTo(expected.get("sum").doubleValue(), within(FINAL * Math.sqrt(values.length)));
                for (int i = 0; i < expected.get("first").size(); i++)
                    assertThat(values[i])
                            .as("%s, place %d", trained.name(), i)
                            .isCloseTo(expected.get("first").get(i).doubleValue(), within(FINAL));
            }
        }
    }

    private static TrainingOptions options(JsonNode run) {
        return new TrainingOptions(
                run.get("lr").doubleValue(),
                new Schedule(Schedule.Shape.COSINE, 0),
                3,
                4,
                512,
                run.get("weight_decay").doubleValue(),
                true,
                run.get("clip").doubleValue(),
                0.9,
                0.999,
                1e-8,
                0,
                0,
                1,
                0,
                60,
                MemorySaving.NONE);
    }

    private static List<EncodedRow> rows(Golden batches, int batch) {
        int[] shape = batches.shape("input_ids"); // [batches, rows, time]
        long[] ids = batches.longs("input_ids");
        long[] mask = batches.longs("attention_mask");
        long[] labels = batches.longs("labels");
        List<EncodedRow> rows = new ArrayList<>();
        for (int row = 0; row < shape[1]; row++) {
            int at = (batch * shape[1] + row) * shape[2];
            int length = 0;
            int prompt = 0;
            for (int t = 0; t < shape[2]; t++) {
                if (mask[at + t] == 0) continue;
                length++;
                if (labels[at + t] == -100 || t == 0) prompt = length; // the label of position 0 never counts
            }
            int[] own = new int[length];
            for (int t = 0; t < length; t++) own[t] = (int) ids[at + t];
            rows.add(new EncodedRow(Arrays.copyOf(own, prompt), Arrays.copyOfRange(own, prompt, length)));
        }
        return rows;
    }
}
