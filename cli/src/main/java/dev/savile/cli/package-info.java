/// The command line: one class per verb, no algorithm.
///
/// [Main] reads the arguments and turns every failure into four parts and an exit status. A [Verb] is a thin class
/// that holds its options; the work stands in classes that load only when it runs, so that help and mistakes in
/// the arguments answer at once, without libtorch. Results go to standard output, all else to standard error.
@NullMarked
package dev.savile.cli;

import org.jspecify.annotations.NullMarked;
