/// Training: one trainer for every technique and objective, its optimizer, schedule, checkpoints and events.
@NullMarked
package dev.savile.train;

import org.jspecify.annotations.NullMarked;
