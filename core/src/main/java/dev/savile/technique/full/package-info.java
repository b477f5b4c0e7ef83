/// Full fine-tuning: the weights themselves.
@NullMarked
package dev.savile.technique.full;

import org.jspecify.annotations.NullMarked;
