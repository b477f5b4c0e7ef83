package dev.savile.select;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.Units;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Memory;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.model.BaseModel;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import dev.savile.train.Checkpoints;
import dev.savile.train.EncodedRows;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.util.List;
import java.util.Optional;

/// Run arms on a base model.
final class ModelRunner implements ArmRunner {
    private final BaseModel base;
    private final List<String> labels;
    private final RaceOptions options;
    private final Progress progress;
    private final StopSignal stop;

    ModelRunner(BaseModel base, List<String> labels, RaceOptions options, Progress progress, StopSignal stop) {
        this.base = base;
        this.labels = List.copyOf(labels);
        this.options = options;
        this.progress = progress;
        this.stop = stop;
    }

    @Override
    public long parameters() {
        return base.model().parameters();
    }

    @Override
    public Solution prompt(Arm.Prompted arm, List<LabelledRow> pool) {
        PromptBundle plain = PromptBundle.classification(labels, true);
        if (arm.demos() == 0) return Solution.prompt(plain);
        List<Demo> demos =
                pool.stream().map(row -> new Demo(row.text(), row.label())).toList();
        return Solution.prompt(
                plain.withDemos(new PromptBundle.Demos(arm.strategy(), arm.demos(), options.seed(), 0, demos)));
    }

    @Override
    public Trained train(
            Arm.Trained arm,
            double rate,
            List<LabelledRow> rows,
            List<LabelledRow> dev,
            double epochs,
            double maxSeconds) {
        var training = TrainingOptions.of(arm.technique(), base.model().parameters())
                .withLearningRate(rate)
                .withEpochs(epochs)
                .withSeed(options.seed())
                .withMaxSeconds(maxSeconds);
        PromptBundle bundle = PromptBundle.trainedClassification(labels);
        var job = new TuneJob(base, arm.technique(), training, bundle);
        EncodedRows encoded = job.encode(rows, options.overLength());
        List<? extends TrainingRow> encodedDev =
                job.encode(dev, options.overLength()).rows();
        double[] last = new double[1];
        var listener = new TrainingListener() {
            @Override
            public void step(StepEvent event) {
                last[0] = event.seconds();
            }
        };
        TrainedTuning tuning = job.start();
        try {
            TrainingResult result =
                    job.train(tuning, encoded, encodedDev, Checkpoints.none(), listener, progress, stop);
            int rest = encoded.rows().size() % training.rowsPerStep();
            return new Trained(
                    new Solution(bundle, tuning), result, last[0] / (rest == 0 ? training.rowsPerStep() : rest));
        } catch (RuntimeException e) {
            tuning.close();
            throw e;
        }
    }

    @Override
    public Answers answer(String name, Solution solution, List<LabelledRow> rows, boolean stoppable) {
        try (Progress.Task task = progress.start("scoring " + name, rows.size(), "rows")) {
            return new LabelPrompts(base, solution.tuningOrNone(), solution.bundle(), options.overLength())
                    .predict(rows.stream().map(LabelledRow::text).toList(), task, stoppable ? stop : new StopSignal());
        }
    }

    @Override
    public Optional<String> shortOfMemory(Arm.Trained arm) {
        long needed = new TuneJob(
                        base,
                        arm.technique(),
                        TrainingOptions.of(arm.technique(), base.model().parameters()),
                        PromptBundle.trainedClassification(labels))
                .memory()
                .free();
        long free = Memory.availableBytes(base.model().device());
        return needed <= free
                ? Optional.empty()
                : Optional.of("training needs about " + Units.bytes(needed) + " of memory, " + Units.bytes(free)
                        + " are free");
    }
}
