package dev.savile.train;

/// Keep nothing: short runs inside a race.
enum NoCheckpoints implements Checkpoints {
    INSTANCE;

    @Override
    public TrainingState resume(AdamWState optimizer, BestState best) {
        return TrainingState.start();
    }

    @Override
    public void save(AdamWState optimizer, BestState best, TrainingState state) {}

    @Override
    public long diverged(long lastGoodStep) {
        return 0;
    }

    @Override
    public boolean keeps() {
        return false;
    }
}
