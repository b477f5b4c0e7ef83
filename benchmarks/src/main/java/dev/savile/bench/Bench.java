package dev.savile.bench;

import java.util.List;

/// One measurement with its bar.
interface Bench {
    /// The name on the command line.
    String name();

    /// What is measured against which bar, in one line.
    String about();

    /// Measure; return one line for each figure.
    List<Row> run();

    /// One figure against its bar.
    ///
    /// @param figure what was measured, with its unit
    /// @param bar    what it must reach
    /// @param passed whether it does; false too when the peer is missing
    record Row(String what, String figure, String bar, boolean passed) {}
}
