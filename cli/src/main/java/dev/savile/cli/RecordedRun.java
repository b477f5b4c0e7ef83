package dev.savile.cli;

import dev.savile.engine.EngineThread;
import dev.savile.runs.Run;
import dev.savile.runs.RunStore;
import java.util.Map;

/// Work on a model that the store of runs keeps: what it was given, what happened, how it ended.
final class RecordedRun {
    private RecordedRun() {}

    /// What is done with the model.
    interface Work {
        /// @return the exit status
        int with(Session session, Run run);
    }

    /// Load the model and do it, on the engine's thread; an error is how the run ended.
    ///
    /// @param name  what the run is about
    /// @param given what it was given, for whoever looks at it later
    static int of(
            Console console, GlobalOptions options, String verb, String name, Map<String, Object> given, Work work) {
        return EngineThread.call(() -> {
            try (RunStore store = RunStore.open(console.env().home(), console.clock());
                    Run run = store.start(verb, name, given);
                    Session session = Session.open(options, console)) {
                try {
                    return work.with(session, run);
                } catch (RuntimeException e) {
                    run.fail(e);
                    throw e;
                }
            }
        });
    }
}
