package dev.savile.bench;

import dev.savile.common.UserError;
import java.util.Collection;
import java.util.List;

/// One measurement with its bar.
interface Bench {
    /// The name on the command line.
    String name();

    /// What is measured against which bar, in one line.
    String about();

    /// The same bench for some of its parts alone, where it has named parts: `./bench NAME PART...`.
    ///
    /// @throws UserError `bench.part` for a name that is none of them
    default Bench part(List<String> names) {
        throw UserError.notFound(
                "bench.part",
                name() + " has no parts",
                "it was asked for " + String.join(", ", names) + " alone",
                "leave the names away");
    }

    /// Refuse names of parts that are not known.
    default void requireKnown(List<String> names, Collection<String> known) {
        for (String part : names)
            if (!known.contains(part))
                throw UserError.notFound(
                        "bench.part",
                        name() + " has no part '" + part + "'",
                        "nothing can be measured",
                        "known are: " + String.join(", ", known));
    }

    /// Measure; return one line for each figure.
    List<Row> run();

    /// One figure against its bar.
    ///
    /// @param figure what was measured, with its unit
    /// @param bar    what it must reach
    /// @param passed whether it does; false too when the peer is missing
    record Row(String what, String figure, String bar, boolean passed) {}
}
