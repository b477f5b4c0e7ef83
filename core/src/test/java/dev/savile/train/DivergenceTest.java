package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import dev.savile.text.TrainingRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run that goes astray stops, names the rows, and keeps the last good state.
class DivergenceTest {
    private static final int SEED = 5;
    private static final int VOCABULARY = 97;
    /// No row but a chosen one has it.
    private static final int BAD_TOKEN = VOCABULARY - 1;

    @TempDir
    Path temp;

    private static TrainingOptions options(double rate, double checkpointSeconds) {
        return new TrainingOptions(
                rate,
                new Schedule(Schedule.Shape.CONSTANT, 0),
                1,
                4,
                512,
                0,
                false,
                1,
                0.9,
                0.999,
                1e-8,
                0,
                0,
                SEED,
                0,
                checkpointSeconds,
                MemorySaving.NONE);
    }

    private CheckpointFolder checkpoints(double rate) {
        return new CheckpointFolder(
                temp.resolve("train"),
                Map.of("the rows", "id", CheckpointFolder.RATE, Double.toString(rate)),
                Progress.none());
    }

    /// 20 rows, the first of line 100, so that numbers and lines differ.
    private static EncodedRows rows(int bad) {
        var rng = Rng.of(3, "rows");
        List<EncodedRow> rows = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int[] prompt = new int[4 + rng.nextInt(8)];
            for (int k = 0; k < prompt.length; k++) prompt[k] = rng.nextInt(VOCABULARY - 1);
            if (i == bad) prompt[2] = BAD_TOKEN;
            rows.add(new EncodedRow(prompt, new int[] {prompt[0], 1}));
            places.add(RowPlace.line(100 + i));
        }
        return new EncodedRows(rows, places, List.of(), List.of(), 0);
    }

    private static List<float[]> values(TrainedTuning tuning) {
        List<float[]> values = new ArrayList<>();
        try (var scope = Scope.open()) {
            for (var trained : tuning.trainables()) values.add(trained.value().toFloats());
        }
        return values;
    }

    private static List<float[]> train(
            CausalLm model,
            TrainedTuning tuning,
            EncodedRows rows,
            double rate,
            Checkpoints checkpoints,
            double seconds) {
        new Trainer(
                        model,
                        tuning,
                        options(rate, seconds),
                        checkpoints,
                        TrainingListener.NONE,
                        Progress.none(),
                        new StopSignal())
                .run(rows, List.of());
        return values(tuning);
    }

    private static Tensor copied(Tensor tensor) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            return tensor.copy().retain();
        }
    }

    private static void set(Tensor tensor, double value) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            double[] values = new double[(int) tensor.count()];
            Arrays.fill(values, value);
            tensor.detach().copyInPlace(Tensors.of(values, tensor.shape()).to(tensor.dtype()));
        }
    }

    @Test
    void aRowThatGivesNoNumberIsNamedAndTheStateBeforeItIsKept() {
        int third = Rng.of(SEED, "order", "0").permutation(20)[9]; // in the third step
        EncodedRows rows = rows(third);
        EngineThread.run(() -> {
            List<float[]> whole;
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                whole = train(model, lora, rows, 0.01, Checkpoints.none(), 1e9);
            }
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                Tensor embedding = Objects.requireNonNull(
                        model.namedParameters().get(model.spec().names().embedding() + ".weight"));
                Tensor before = copied(embedding);
                try (var scope = Scope.open()) {
                    set(embedding.narrow(0, BAD_TOKEN, 1), Double.NaN);
                }
                assertThatThrownBy(() -> train(model, lora, rows, 0.01, checkpoints(0.01), 1e9))
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.code()).isEqualTo("train.diverged");
                            assertThat(e.what()).contains("NaN", "step 3", "4 rows", "" + (100 + third));
                            assertThat(e.why()).contains("good until here", "in these rows");
                            assertThat(e.fix()).contains("after step 2", "--resume", "0.01");
                        });
                embedding.copyInPlace(before);
                before.release();
                try (TrainedTuning again = AllTechniques.start("lora", model)) {
                    List<float[]> resumed = train(model, again, rows, 0.01, checkpoints(0.01), 1e9);
                    for (int i = 0; i < whole.size(); i++)
                        assertThat(resumed.get(i)).isEqualTo(whole.get(i));
                }
            }
        });
    }

    @Test
    void spoiledValuesAreGivenUpForTheStateBeforeThem() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    TrainedTuning lora = AllTechniques.start("lora", model)) {
                var spoiling = new TrainingListener() {
                    @Override
                    public void step(StepEvent event) {
                        if (event.step() == 3) set(lora.trainables().getFirst().value(), Double.NaN);
                    }
                };
                var trainer = new Trainer(
                        model,
                        lora,
                        options(0.01, 0), // a checkpoint after each step, so that of the spoiled one as well
                        checkpoints(0.01),
                        spoiling,
                        Progress.none(),
                        new StopSignal());
                assertThatThrownBy(() -> trainer.run(rows(-1), List.of()))
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.what()).contains("step 4");
                            assertThat(e.why()).contains("useless since the step before");
                            assertThat(e.fix()).contains("after step 2");
                        });
                assertThat(temp.resolve("train/step-3")).doesNotExist();
                assertThat(temp.resolve("train/step-2")).exists();
            }
        });
    }

    @Test
    void afterADivergenceAndOnlyThenTheLearningRateMayChange() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                var stop = new StopSignal();
                var stopping = new TrainingListener() {
                    @Override
                    public void step(StepEvent event) {
                        if (event.step() == 2) stop.request();
                    }
                };
                try (TrainedTuning lora = AllTechniques.start("lora", model)) {
                    new Trainer(model, lora, options(0.01, 1e9), checkpoints(0.01), stopping, Progress.none(), stop)
                            .run(rows(-1), List.of());
                }
                try (TrainedTuning lora = AllTechniques.start("lora", model)) {
                    assertThatThrownBy(() -> train(model, lora, rows(-1), 0.002, checkpoints(0.002), 1e9))
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.what()).endsWith("changed: the learning rate"));
                    assertThat(checkpoints(0.01).diverged(2)).isEqualTo(2);
                    train(model, lora, rows(-1), 0.002, checkpoints(0.002), 0);
                }
                assertThat(temp.resolve("train/step-5")).exists();
                try (TrainedTuning lora = AllTechniques.start("lora", model)) {
                    assertThatThrownBy(() -> train(model, lora, rows(-1), 0.001, checkpoints(0.001), 1e9))
                            .isInstanceOf(UserError.class); // with 0.002 nothing has gone wrong
                }
            }
        });
    }

    @Test
    void anExplodingLossIsFoundThoughItIsFinite() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    TrainedTuning full = AllTechniques.start("full", model)) {
                assertThatThrownBy(() -> train(model, full, rows(-1), 10, checkpoints(10), 1e9))
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.code()).isEqualTo("train.diverged");
                            assertThat(e.what()).contains("above the bound");
                            assertThat(e.fix()).contains("no state is kept", "smaller learning rate than 10");
                        });
            }
        });
    }

    @Test
    void theBoundIsFourTimesTheStartAndNeverBelowTwiceAGuess() {
        var divergence = new Divergence(49_152);
        TrainingState state = TrainingState.start();
        assertThat(divergence.usual(1e30, state)).isTrue(); // nothing is known yet
        assertThat(divergence.usual(Double.POSITIVE_INFINITY, state)).isFalse();
        assertThat(divergence.usual(Double.NaN, state)).isFalse();
        double[] losses = {9, 8, 6, 4, 3, 100, 100};
        for (int i = 0; i < losses.length; i++)
            state = state.after(new StepEvent(i + 1, 10, 0, losses[i], 1e-3, 1, 1, 1, 1, 1, 9));
        assertThat(state.startLoss()).isCloseTo(6, within(1e-12)); // the first five alone
        assertThat(divergence.bound(state)).isCloseTo(24, within(1e-12));
        var low = TrainingState.start().after(new StepEvent(1, 10, 0, 0.5, 1e-3, 1, 1, 1, 1, 1, 9));
        assertThat(divergence.bound(low)).isCloseTo(2 * 10.80268, within(1e-4)); // ln 49152
    }

    @Test
    void rowsOfUnknownLinesAreNumbered() {
        List<? extends TrainingRow> rows = rows(-1).rows();
        assertThat(new Batch(EncodedRows.of(rows), new int[] {4, 0, 9}).words()).isEqualTo("3 rows: numbers 1, 5, 10");
        assertThat(RowPlace.words(List.of(
                        RowPlace.line(3).of("a.csv"),
                        RowPlace.line(17).of("a.csv"),
                        RowPlace.line(4).of("b.csv"))))
                .isEqualTo("lines 3, 17 of a.csv, line 4 of b.csv");
    }
}
