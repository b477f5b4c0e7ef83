/// Turn predictions into scores.
///
/// A score never travels alone: it carries its metric and normalisation, the split, the number of items and an
/// interval, and cannot be built without them. A prediction is either parsed or not; an unparsed one scores 0, is
/// a miss of its gold label and a false alarm of none, and is counted where a reader sees it.
@NullMarked
package dev.savile.evaluate.metrics;

import org.jspecify.annotations.NullMarked;
