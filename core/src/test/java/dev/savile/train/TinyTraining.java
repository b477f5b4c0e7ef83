package dev.savile.train;

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
import java.util.ArrayList;
import java.util.List;

/// A short training of any technique on a tiny model, with a few random rows.
///
/// @param technique name in [AllTechniques]
/// @param epochs    passes over 12 rows, 4 a step
/// @param forestTokens tokens of a pass
/// @param clipNorm  largest norm of the gradients; 0 for no limit
/// @param saving    what is done to need less memory
record TinyTraining(String technique, double epochs, int forestTokens, double clipNorm, MemorySaving saving) {
    /// What a run ends with: all trained values, and the last loss.
    record Outcome(List<float[]> values, double loss) {}

    /// Run from the start, or from where the checkpoints are.
    ///
    /// @param stopAfter step after which a stop is requested; -1 for none
    Outcome run(Checkpoints checkpoints, int stopAfter) {
        return EngineThread.call(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning tuning = AllTechniques.start(technique, model)) {
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
                        epochs,
                        4,
                        forestTokens,
                        0.01,
                        false,
                        clipNorm,
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        0,
                        5,
                        0,
                        1e9,
                        saving);
                TrainingResult result = new Trainer(
                                model, tuning, options, checkpoints, listener, Progress.none(), stop)
                        .run(AllTechniques.rows(tuning, model, rows(12)));
                List<float[]> values = new ArrayList<>();
                try (var scope = Scope.open()) {
                    for (var trained : tuning.trainables())
                        values.add(trained.value().toFloats());
                }
                return new Outcome(values, result.loss());
            }
        });
    }

    /// Rows of 4 to 11 random tokens, whose answer is the first of them.
    static List<EncodedRow> rows(int count) {
        var rng = Rng.of(3, "rows");
        List<EncodedRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = new int[4 + rng.nextInt(8)];
            for (int k = 0; k < prompt.length; k++) prompt[k] = rng.nextInt(83);
            rows.add(new EncodedRow(prompt, new int[] {prompt[0], 1}));
        }
        return rows;
    }
}
