package dev.savile.common;

/// Report to nobody.
enum NoProgress implements Progress, Progress.Task {
    INSTANCE;

    @Override
    public Task start(String name, long total, String unit) {
        return this;
    }

    @Override
    public void say(String line) {}

    @Override
    public void warn(String line) {}

    @Override
    public void advance(long units) {}

    @Override
    public void note(String state) {}

    @Override
    public void close() {}
}
