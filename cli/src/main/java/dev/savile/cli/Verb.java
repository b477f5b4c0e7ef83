package dev.savile.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// Do one thing that the user can ask for by name.
///
/// The class carries picocli's `@Command` and its options. Its `call` returns an exit status and hands the work to
/// another class. Fields and signatures name no class of the engine, since picocli looks at all of them for every
/// start.
interface Verb extends Callable<Integer> {
    @Override
    Integer call();

    /// Whether an option stands on the command line itself; no where there was none.
    ///
    /// @param spec of the verb, as picocli set it
    static boolean given(@Nullable CommandSpec spec, String option) {
        return spec != null && spec.commandLine().getParseResult().hasMatchedOption(option);
    }
}
