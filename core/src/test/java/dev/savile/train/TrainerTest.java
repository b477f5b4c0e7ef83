package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Digest;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.customization.PeftFolder;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Rng;
import dev.savile.model.CausalLm;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    @TempDir
    Path temp;

    private static final LoraSpec SPEC = new LoraSpec(
            4,
            8,
            0.1,
            LoraSpec.of(4, 8).targets(),
            LoraSpec.of(4, 8).excluded(),
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            false,
            false,
            1,
            LoraStart.USUAL,
            LoraSpec.Bias.NONE,
            List.of(),
            false);

    private static List<EncodedRow> rows(int count, int vocabulary) {
        var rng = Rng.of(3, "rows");
        List<EncodedRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = new int[4 + rng.nextInt(8)];
            for (int k = 0; k < prompt.length; k++) prompt[k] = rng.nextInt(vocabulary);
            int[] completion = {prompt[0], 1 + rng.nextInt(3)};
            rows.add(new EncodedRow(prompt, completion));
        }
        return rows;
    }

    private static TrainingOptions options(int rowsPerStep, int forestTokens) {
        return new TrainingOptions(
                0.01,
                new Schedule(Schedule.Shape.COSINE, 0.1),
                3,
                rowsPerStep,
                forestTokens,
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
                0,
                MemorySaving.NONE);
    }

    private record Run(TrainingResult result, String digest, List<Double> losses) {}

    private Run run(String name, Checkpoints checkpoints, TrainingOptions options, int stopAfter) {
        return EngineThread.call(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning lora = LoraTuning.fresh(SPEC, model, 5)) {
                var stop = new StopSignal();
                List<Double> losses = new ArrayList<>();
                var listener = new TrainingListener() {
                    @Override
                    public void step(StepEvent event) {
                        losses.add(event.loss());
                        if (losses.size() == stopAfter) stop.request();
                    }
                };
                List<EncodedRow> rows = rows(20, model.spec().vocabulary());
                TrainingResult result = new Trainer(model, lora, options, checkpoints, listener, Progress.none(), stop)
                        .run(rows, rows.subList(0, 5));
                PeftFolder.write(temp.resolve(name), lora, model, "base");
                return new Run(result, Digest.ofFile(temp.resolve(name).resolve("adapter_model.safetensors")), losses);
            }
        });
    }

    @Test
    void resumedRunEqualsTheUninterruptedOneToTheBit() {
        Run whole = run("whole", Checkpoints.none(), options(4, 512), -1);
        assertThat(whole.losses()).hasSize(15);
        assertThat(whole.losses().getLast()).isLessThan(whole.losses().getFirst());
        for (int stop : new int[] {1, 4, 7, 14}) {
            Path folder = temp.resolve("checkpoints-" + stop);
            Run first = run(
                    "first" + stop,
                    new CheckpointFolder(folder, Map.of("the rows", "id"), Progress.none()),
                    options(4, 512),
                    stop);
            assertThat(first.result().end()).isEqualTo(TrainingResult.End.STOPPED);
            Run rest = run(
                    "rest" + stop,
                    new CheckpointFolder(folder, Map.of("the rows", "id"), Progress.none()),
                    options(4, 512),
                    -1);
            assertThat(rest.losses()).hasSize(15 - stop);
            assertThat(rest.digest()).isEqualTo(whole.digest());
        }
    }

    @Test
    void aDamagedCheckpointIsPassedOverForTheOneBefore() throws IOException {
        Path folder = temp.resolve("damaged");
        run("a", new CheckpointFolder(folder, Map.of("the rows", "id"), Progress.none()), options(4, 512), 6);
        Files.write(folder.resolve("step-6").resolve("weights.safetensors"), new byte[] {1, 2, 3});
        Run whole = run("b", Checkpoints.none(), options(4, 512), -1);
        Run rest =
                run("c", new CheckpointFolder(folder, Map.of("the rows", "id"), Progress.none()), options(4, 512), -1);
        assertThat(rest.losses()).hasSize(10); // from step 5 on
        assertThat(rest.digest()).isEqualTo(whole.digest());
    }

    /// A layout that is not known is no damage: to begin anew would throw away what was trained.
    @Test
    void checkpointsThatCannotBeReadDoNotBeginARunAnew() throws IOException {
        Path folder = temp.resolve("layout");
        Map<String, String> identity = Map.of("the rows", "id");
        run("a", new CheckpointFolder(folder, identity, Progress.none()), options(4, 512), 6);
        List<Path> manifests = List.of(folder.resolve("step-5/manifest.json"), folder.resolve("step-6/manifest.json"));
        List<String> before = new ArrayList<>();
        for (Path manifest : manifests) {
            before.add(Files.readString(manifest));
            Files.writeString(manifest, before.getLast().replaceFirst("\"schema\"\\s*:\\s*4", "\"schema\": 3"));
        }
        refused(folder, identity, "the layout 3");
        for (int i = 0; i < manifests.size(); i++) {
            Files.writeString(manifests.get(i), before.get(i));
            Files.write(manifests.get(i).resolveSibling("weights.safetensors"), new byte[] {1, 2, 3});
        }
        refused(folder, identity, "none of the 2 checkpoints");
        assertThat(folder.resolve("step-6")).isDirectory();
    }

    private void refused(Path folder, Map<String, String> identity, String what) {
        assertThatThrownBy(() -> run("b", new CheckpointFolder(folder, identity, Progress.none()), options(4, 512), -1))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("train.resume");
                    assertThat(e.what()).contains(what);
                });
    }

    @Test
    void aRunWithOtherSettingsIsNotGoneOnWith() {
        Path folder = temp.resolve("other");
        run("a", new CheckpointFolder(folder, Map.of("the rows", "one"), Progress.none()), options(4, 512), 3);
        assertThatThrownBy(() -> run(
                        "b",
                        new CheckpointFolder(folder, Map.of("the rows", "two"), Progress.none()),
                        options(4, 512),
                        -1))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("train.resume");
                    assertThat(e.what()).endsWith("this has changed: the rows");
                });
    }

    @Test
    void onlyTheLastTwoCheckpointsAreKept() {
        Path folder = temp.resolve("kept");
        run("a", new CheckpointFolder(folder, Map.of("the rows", "id"), Progress.none()), options(4, 512), -1);
        try (var entries = Files.list(folder)) {
            assertThat(entries.map(p -> p.getFileName().toString()).sorted()).containsExactly("step-14", "step-15");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void splittingAStepIntoPassesChangesNothing() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                List<EncodedRow> rows = rows(8, model.spec().vocabulary());
                List<Double> losses = new ArrayList<>();
                for (int tokens : new int[] {1, 24, 4096}) {
                    try (LoraTuning lora = LoraTuning.fresh(LoraSpec.of(4, 8), model, 5)) {
                        var collected = new ArrayList<Double>();
                        var listener = new TrainingListener() {
                            @Override
                            public void step(StepEvent event) {
                                collected.add(event.loss());
                            }
                        };
                        new Trainer(
                                        model,
                                        lora,
                                        options(8, tokens),
                                        Checkpoints.none(),
                                        listener,
                                        Progress.none(),
                                        new StopSignal())
                                .run(rows);
                        losses.add(collected.getLast());
                    }
                }
                assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-5));
                assertThat(losses.get(2)).isCloseTo(losses.get(0), within(1e-5));
            }
        });
    }

    @Test
    void trainingWithoutRowsIsRefused() {
        assertThatThrownBy(() -> EngineThread.run(() -> {
                    try (CausalLm model = TinyModels.of(TinyModels.llama());
                            LoraTuning lora = LoraTuning.fresh(SPEC, model, 5)) {
                        new Trainer(
                                        model,
                                        lora,
                                        options(4, 512),
                                        Checkpoints.none(),
                                        TrainingListener.NONE,
                                        Progress.none(),
                                        new StopSignal())
                                .run(List.of());
                    }
                }))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("train.rows"));
    }
}
