/// Judging by a model: which of two answers is better, where no reference decides.
///
/// A judging model has habits of its own: it leans to the answer shown first, to the longer one, to its own style. So
/// every pair is shown in both orders, the reason comes before the verdict, several draws decide by majority, a model
/// never judges itself, and beside each score stand its agreement with people and its leaning to length.
@NullMarked
package dev.savile.evaluate.judge;

import org.jspecify.annotations.NullMarked;
