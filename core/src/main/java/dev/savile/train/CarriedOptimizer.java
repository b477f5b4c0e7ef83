package dev.savile.train;

import dev.savile.common.DurableFiles;
import dev.savile.common.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Carry an optimizer's state from one training to the next, in files beside what was trained: one, or one for each
/// task of a table.
///
/// A training that goes on from a saved adapter then begins with the averages and the number of updates that the
/// adapter ended with, as if it had never ended. Its order of rows and its schedule begin anew. Where an earlier
/// epoch's values were kept as the best, nothing is carried: the averages would belong to others.
public final class CarriedOptimizer implements Checkpoints {
    private static final String FILE = "savile/optimizer.safetensors";

    private final Checkpoints checkpoints;
    private final List<Place> into;
    private final List<Place> from;
    private final Progress progress;

    /// Where a part of the state lies.
    ///
    /// @param owner  of the tensors, as [dev.savile.technique.Trainable#of] has put it before their names; empty
    ///     for all tensors of a training
    /// @param folder of what was trained
    public record Place(String owner, Path folder) {
        /// The folder of a training that is saved as one.
        public static List<Place> alone(Path folder) {
            return List.of(new Place("", folder));
        }

        private Path file() {
            return folder.resolve(FILE);
        }
    }

    private CarriedOptimizer(Checkpoints checkpoints, List<Place> into, List<Place> from, Progress progress) {
        this.checkpoints = checkpoints;
        this.into = into;
        this.from = from;
        this.progress = progress;
    }

    /// Write the optimizer's state into folders at the end of a training.
    ///
    /// @param checkpoints where the state lies until then
    public static CarriedOptimizer into(List<Place> places, Checkpoints checkpoints, Progress progress) {
        return new CarriedOptimizer(checkpoints, places, List.of(), progress);
    }

    /// Return the same for a training that begins with the state in other folders, if it is in all of them.
    public CarriedOptimizer from(List<Place> places) {
        boolean all = places.stream().allMatch(place -> Files.exists(place.file()));
        return new CarriedOptimizer(checkpoints, into, all ? places : List.of(), progress);
    }

    @Override
    public TrainingState resume(AdamWState optimizer, BestState best) {
        TrainingState state = checkpoints.resume(optimizer, best);
        if (state.step() == 0 && !from.isEmpty()) goOn(optimizer);
        return state;
    }

    /// Averages that come from unlike numbers of updates would be corrected by the wrong one.
    private void goOn(AdamWState optimizer) {
        List<Long> updates = from.stream()
                .map(place -> OptimizerFile.updates(place.file()))
                .distinct()
                .toList();
        if (updates.size() > 1) {
            progress.say("the optimizer begins anew: what is trained had " + updates + " updates before");
            return;
        }
        for (Place place : from) OptimizerFile.read(place.file(), place.owner(), optimizer);
        progress.say("the optimizer goes on from the averages of " + updates.getFirst() + " updates before");
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
        for (Place place : into) OptimizerFile.write(place.file(), place.owner(), optimizer);
    }

    /// What an earlier run left belongs to other values.
    @Override
    public void outdated() {
        for (Place place : into) DurableFiles.delete(place.file());
    }

    @Override
    public boolean keeps() {
        return checkpoints.keeps();
    }
}
