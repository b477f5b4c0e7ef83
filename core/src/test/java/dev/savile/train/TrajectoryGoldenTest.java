package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.customization.PeftFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.model.CausalLm;
import dev.savile.objective.SupervisedObjective;
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
                        loss += SupervisedObjective.loss(model, tuning, pass);
                    assertThat(loss / SupervisedObjective.targets(rows))
                            .isCloseTo(run.get("loss_after").get(batch).doubleValue(), within(1e-4));
                }
            }
        });
    }

    private static TrainedTuning start(String name, Path folder, CausalLm model) {
        if (name.equals("full")) return FullTuning.fresh(FullSpec.all(), model);
        Path init = folder.resolve(name).resolve("init");
        return PeftFolder.readToTrain(init, init.resolve("encoder.safetensors"), model);
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
