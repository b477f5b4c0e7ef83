/// What a customization learns from: losses on log-probabilities at positions of a forest.
@NullMarked
package dev.savile.objective;

import org.jspecify.annotations.NullMarked;
