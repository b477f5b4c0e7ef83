package dev.savile.common;

/// Receive how far a long piece of work has come. The command line draws it; tests and servers may ignore it.
///
/// Anything that can take longer than two seconds reports here.
public interface Progress {
    /// Begin a task of `total` units; 0 when the total is not known.
    ///
    /// @param name what is being done, as the user would say it ("training lora")
    /// @param unit what is counted, in the plural ("rows", "MB")
    Task start(String name, long total, String unit);

    /// Tell the user one line that stays on the screen.
    void say(String line);

    /// Record a warning. Warnings are counted and repeated at the end of a run, since nobody reads the middle of a
    /// log.
    void warn(String line);

    /// One task under way; closing it ends it.
    interface Task extends AutoCloseable {
        void advance(long units);

        /// Count units that were done before, which say nothing of the speed.
        default void resume(long units) {
            advance(units);
        }

        /// Show a short state beside the bar ("loss 0.412").
        void note(String state);

        @Override
        void close();
    }

    /// Report to nobody.
    static Progress none() {
        return NoProgress.INSTANCE;
    }
}
