/// Benchmarks: every figure in the documents comes from a program here, side by side with the system it is
/// compared with.
@NullMarked
package dev.savile.bench;

import org.jspecify.annotations.NullMarked;
