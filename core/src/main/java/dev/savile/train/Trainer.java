package dev.savile.train;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.Memory;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.model.Activations;
import dev.savile.model.CausalLm;
import dev.savile.objective.Fit;
import dev.savile.objective.SupervisedObjective;
import dev.savile.objective.SupervisedObjective.Pass;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import dev.savile.text.TrainingRow;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Train a tuning on rows: order, passes, gradients, clipping, update, validation, checkpoints.
///
/// The same rows, options and threads give the same bits, whether or not the run was interrupted in between.
public final class Trainer {
    private final CausalLm model;
    private final TrainedTuning tuning;
    private final TrainingOptions options;
    private final Checkpoints checkpoints;
    private final TrainingListener listener;
    private final Progress progress;
    private final StopSignal stop;
    private final Divergence divergence;
    /// Layer that each trained tensor belongs to, by its name; -1 for none.
    private final Map<String, Integer> layers = new HashMap<>();

    /// @param checkpoints where to keep and find the state; [Checkpoints#none] for nowhere
    public Trainer(
            CausalLm model,
            TrainedTuning tuning,
            TrainingOptions options,
            Checkpoints checkpoints,
            TrainingListener listener,
            Progress progress,
            StopSignal stop) {
        this.model = model;
        this.tuning = tuning;
        this.options = options;
        this.checkpoints = checkpoints;
        this.listener = listener;
        this.progress = progress;
        this.stop = stop;
        divergence = new Divergence(model.spec().vocabulary());
        for (Trainable trained : tuning.trainables()) {
            String name = trained.name();
            layers.put(name, model.layerOf(name.substring(name.indexOf('/') + 1)));
        }
    }

    /// Train without validation.
    public TrainingResult run(List<? extends TrainingRow> rows) {
        return run(rows, List.of());
    }

    /// Train rows of unknown places.
    public TrainingResult run(List<? extends TrainingRow> rows, List<? extends TrainingRow> validation) {
        return run(EncodedRows.of(rows), validation);
    }

    /// Train; after every epoch, and every so many steps, measure the loss on validation rows, and keep the best values
    /// at the end.
    ///
    /// @param validation rows never trained on; empty for no validation
    /// @throws UserError `train.rows` without rows, `train.validation` when no validation row has a learned token,
    ///         `train.diverged` when loss or gradient is not finite or the loss has exploded
    public TrainingResult run(EncodedRows encoded, List<? extends TrainingRow> validation) {
        List<? extends TrainingRow> rows = encoded.rows();
        if (rows.isEmpty())
            throw new UserError(
                    "train.rows", "there is no row to train on", "nothing can be learned", "give at least one row");
        if (!validation.isEmpty() && SupervisedObjective.targets(validation) == 0)
            throw new UserError(
                    "train.validation",
                    "none of the " + validation.size() + " rows to validate on has a token that is learned",
                    "their loss would be 0 divided by 0",
                    "give them answers of the weight 1, or leave --validation away");
        long started = System.nanoTime();
        long total = options.steps(rows.size());
        long perEpoch = (rows.size() + options.rowsPerStep() - 1L) / options.rowsPerStep();
        if (options.saving().updateInBackward()) requireOnePass(encoded, total, perEpoch);
        tuning.training(true);
        try (var optimizer = new AdamW(tuning.trainables(), options);
                var best = new BestValues(tuning.trainables());
                Progress.Task task = progress.start("training", total, "steps")) {
            var state = checkpoints.resume(optimizer, best);
            var counts = new Counts();
            task.resume(state.step());
            double lastCheckpoint = 0;
            TrainingResult.End end = TrainingResult.End.FINISHED;
            while (state.step() < total) {
                Batch batch = batch(encoded, state.step(), perEpoch);
                StepEvent event;
                try {
                    event = step(batch.chosen(), optimizer, state, total, perEpoch, counts);
                } catch (Divergence.Found found) {
                    boolean good = good(found, batch(encoded, Math.max(0, state.step() - 1), perEpoch), state);
                    if (good && found.untouched && state.step() > 0) checkpoints.save(optimizer, best, state);
                    long kept = checkpoints.diverged(good ? state.step() : state.step() - 1);
                    throw divergence.error(found, batch, state, good, advice(kept));
                }
                state = state.after(event);
                counts.add(event, batch.size());
                listener.step(event);
                task.advance(1);
                task.note(String.format(Locale.ROOT, "loss %.3f", event.loss()));
                boolean epochEnded = state.step() % perEpoch == 0 || state.step() == total;
                boolean between = options.validateSteps() > 0 && state.step() % options.validateSteps() == 0;
                if ((epochEnded || between) && !validation.isEmpty()) {
                    state = validate(validation, best, state);
                    if (options.patience() > 0 && state.validationsSinceBest() >= options.patience()) {
                        end = TrainingResult.End.EARLY;
                        break;
                    }
                }
                double elapsed = (System.nanoTime() - started) / 1e9;
                if (stop.requested() && state.step() < total) end = TrainingResult.End.STOPPED;
                else if (options.maxSeconds() > 0 && elapsed >= options.maxSeconds() && state.step() < total)
                    end = TrainingResult.End.TIME;
                boolean due = elapsed - lastCheckpoint >= options.checkpointSeconds();
                // after its time, too: with more of it a run goes on from here
                if (due || end == TrainingResult.End.STOPPED || end == TrainingResult.End.TIME) {
                    checkpoints.save(optimizer, best, state);
                    listener.checkpointed(state.step());
                    lastCheckpoint = (System.nanoTime() - started) / 1e9;
                }
                if (end != TrainingResult.End.FINISHED) break;
            }
            if (end != TrainingResult.End.STOPPED) {
                best.restore();
                if (!best.exists() || state.bestStep() == state.step()) checkpoints.finished(optimizer);
                else checkpoints.outdated();
            }
            return new TrainingResult(
                    end,
                    state.step(),
                    state.loss(),
                    best.exists() ? Optional.of(state.best()) : Optional.empty(),
                    best.exists() && end != TrainingResult.End.STOPPED ? state.bestStep() : state.step(),
                    counts.rows,
                    counts.tokens,
                    (System.nanoTime() - started) / 1e9,
                    Memory.peakBytes(model.device()));
        } finally {
            tuning.training(false);
        }
    }

    private static final class Counts {
        private long rows;
        private long tokens;
        private long steps;
        private double seconds;

        /// Time for further steps, by the mean of those made and one more.
        double left(long further, double latest) {
            return further * (seconds + latest) / (steps + 1);
        }

        void add(StepEvent event, int stepRows) {
            rows += stepRows;
            tokens += event.tokens();
            steps++;
            seconds += event.seconds();
        }
    }

    private StepEvent step(
            List<TrainingRow> chosen, AdamW optimizer, TrainingState state, long total, long perEpoch, Counts counts)
            throws Divergence.Found {
        long started = System.nanoTime();
        long step = state.step();
        long targets = SupervisedObjective.targets(chosen);
        if (targets == 0)
            throw new UserError(
                    "train.targets",
                    "step " + (step + 1) + " has no token to learn from",
                    "its loss would be 0 by construction",
                    "check the answers of these rows");
        double learningRate = options.learningRate() * options.schedule().factor(step, total);
        Ops.seed(Rng.of(options.seed(), "dropout", Long.toString(step)).nextLong());
        List<Pass> passes = SupervisedObjective.passes(chosen, tuning.lead(), options.forestTokens());
        long updatesBefore = optimizer.steps();
        var updates = options.saving().updateInBackward() ? new LayerUpdates(optimizer, learningRate) : null;
        boolean recompute = options.saving().recompute();
        Activations activations =
                updates == null ? Activations.of(recompute) : new Activations(recompute, updates::after);
        double loss = 0;
        long tokens = 0;
        for (Pass pass : passes) {
            loss += SupervisedObjective.backward(model, tuning, pass, targets, activations);
            tokens += pass.forest().forest().tokens();
        }
        double norm = updates == null ? optimizer.gradientNorm() : updates.finish(loss);
        if (!divergence.usual(loss, state) || !Double.isFinite(norm)) {
            optimizer.forget();
            optimizer.resumeAt(updatesBefore);
            throw new Divergence.Found(loss, norm, updates == null || !Double.isFinite(loss));
        }
        if (updates == null) optimizer.step(learningRate, norm);
        double seconds = (System.nanoTime() - started) / 1e9;
        return new StepEvent(
                step + 1,
                total,
                (step + 1.0) / perEpoch,
                loss,
                learningRate,
                norm,
                targets,
                tokens,
                seconds,
                Memory.residentBytes(model.device()),
                counts.left(total - step - 1, seconds));
    }

    /// Updates of layers while the backward pass goes on to those before them.
    private final class LayerUpdates {
        private final AdamW optimizer;
        private final double learningRate;
        private double squares;

        LayerUpdates(AdamW optimizer, double learningRate) {
            this.optimizer = optimizer;
            this.learningRate = learningRate;
            optimizer.begin();
        }

        void after(int layer) {
            squares += optimizer.updateSome(trained -> layers.getOrDefault(trained.name(), -1) == layer, learningRate);
        }

        /// Update what belongs to no layer, and return the norm of all gradients.
        double finish(double loss) {
            if (Double.isFinite(loss) && Double.isFinite(squares))
                squares += optimizer.updateSome(trained -> true, learningRate);
            return Math.sqrt(squares);
        }
    }

    /// Refuse before the start a run with a step that takes several passes.
    private void requireOnePass(EncodedRows rows, long total, long perEpoch) {
        for (long step = 0; step < total; step++) {
            List<TrainingRow> chosen = batch(rows, step, perEpoch).chosen();
            int passes = SupervisedObjective.passes(chosen, tuning.lead(), options.forestTokens())
                    .size();
            if (passes > 1)
                throw new UserError(
                        "train.passes",
                        "step " + (step + 1) + " needs " + passes + " passes of at most " + options.forestTokens()
                                + " tokens",
                        "layers that are updated in the backward pass must have all gradients of a step by then",
                        "use a smaller rows-per-step, a larger forest-tokens, or leave update-in-backward away");
        }
    }

    /// Rows of a step: each epoch goes through all rows in an order of its own.
    private Batch batch(EncodedRows rows, long step, long perEpoch) {
        int count = rows.rows().size();
        int[] order =
                Rng.of(options.seed(), "order", Long.toString(step / perEpoch)).permutation(count);
        int from = Math.toIntExact(step % perEpoch) * options.rowsPerStep();
        return new Batch(rows, Arrays.copyOfRange(order, from, Math.min(count, from + options.rowsPerStep())));
    }

    private TrainingState validate(List<? extends TrainingRow> validation, BestValues best, TrainingState state) {
        Fit fit = fit(validation);
        boolean better = Double.isFinite(fit.loss())
                && (!best.exists() || fit.loss() < state.best().loss());
        if (better) best.capture();
        listener.validated(state.step(), fit, better);
        return state.validated(fit, better);
    }

    /// Say how well rows are predicted, without training.
    public Fit fit(List<? extends TrainingRow> rows) {
        tuning.training(false);
        Fit fit = Fit.NONE;
        for (Pass pass : SupervisedObjective.passes(rows, tuning.lead(), options.forestTokens()))
            fit = fit.and(SupervisedObjective.fit(model, tuning, pass));
        tuning.training(true);
        return fit;
    }

    /// Whether the values before a step that diverged are good: the step's rows, or those of the step before, have
    /// a usual loss with them.
    private boolean good(Divergence.Found found, Batch before, TrainingState state) {
        if (state.step() == 0 || divergence.usual(found.loss, state)) return true;
        return found.untouched && divergence.usual(fit(before.chosen()).loss(), state);
    }

    /// @param kept step of the newest state that is kept; 0 for none
    private String advice(long kept) {
        String rate = "a smaller learning rate than " + options.learningRate() + ", such as --set learning-rate="
                + options.learningRate() / 4;
        if (!checkpoints.keeps()) return "use " + rate;
        return (kept == 0
                        ? "no state is kept: start again with the same command, --resume and "
                        : "go on from the state after step " + kept + " with the same command, --resume and ")
                + rate;
    }
}
