/// What a generation says: chains of steps that read an answer out of free text, and votes over several answers.
///
/// An answer is either parsed or not, never a special text: one that could not be read carries the reason, scores
/// nothing, never votes, and its share is shown beside every score.
@NullMarked
package dev.savile.evaluate.answers;

import org.jspecify.annotations.NullMarked;
