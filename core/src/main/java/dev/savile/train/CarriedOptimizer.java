package dev.savile.train;

import dev.savile.common.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Carry an optimizer's state from one training to the next, in a file beside what was trained.
///
/// A training that goes on from a saved adapter then begins with the averages and the number of updates that the
/// adapter ended with, as if it had never ended. Its order of rows and its schedule begin anew. Where an earlier
/// epoch's values were kept as the best, nothing is carried: the averages would belong to others.
public final class CarriedOptimizer implements Checkpoints {
    private static final String FILE = "savile/optimizer.safetensors";

    private final Checkpoints checkpoints;
    private final Path into;
    private final Optional<Path> from;
    private final Progress progress;

    private CarriedOptimizer(Checkpoints checkpoints, Path into, Optional<Path> from, Progress progress) {
        this.checkpoints = checkpoints;
        this.into = into;
        this.from = from;
        this.progress = progress;
    }

    /// Write the optimizer's state into a folder at the end of a training.
    ///
    /// @param checkpoints where the state lies until then
    public static CarriedOptimizer into(Path folder, Checkpoints checkpoints, Progress progress) {
        return new CarriedOptimizer(checkpoints, folder.resolve(FILE), Optional.empty(), progress);
    }

    /// Return the same for a training that begins with the state in another folder, if there is one.
    public CarriedOptimizer from(Path folder) {
        return new CarriedOptimizer(
                checkpoints, into, Optional.of(folder.resolve(FILE)).filter(Files::exists), progress);
    }

    @Override
    public TrainingState resume(AdamWState optimizer, BestState best) {
        TrainingState state = checkpoints.resume(optimizer, best);
        if (state.step() == 0)
            from.ifPresent(file -> progress.say("the optimizer goes on from the averages of "
                    + OptimizerFile.read(file, optimizer) + " updates before"));
        return state;
    }

    @Override
    public void save(AdamWState optimizer, BestState best, TrainingState state) {
        checkpoints.save(optimizer, best, state);
    }

    @Override
    public long diverged(long lastGoodStep) {
        return checkpoints.diverged(lastGoodStep);
    }

    @Override
    public void finished(AdamWState optimizer) {
        OptimizerFile.write(into, optimizer);
    }

    @Override
    public boolean keeps() {
        return checkpoints.keeps();
    }
}
