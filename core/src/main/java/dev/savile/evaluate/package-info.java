/// Evaluation: score systems on items, with metrics and statistics that can be trusted.
@NullMarked
package dev.savile.evaluate;

import org.jspecify.annotations.NullMarked;
