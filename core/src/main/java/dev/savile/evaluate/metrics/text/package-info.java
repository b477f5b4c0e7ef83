/// Metrics of generated texts: how near a text comes to one or several references.
@NullMarked
package dev.savile.evaluate.metrics.text;

import org.jspecify.annotations.NullMarked;
