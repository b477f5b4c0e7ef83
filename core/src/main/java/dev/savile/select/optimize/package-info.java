/// Search for a better prompt by measuring: instructions, label words, worked examples, calibration.
@org.jspecify.annotations.NullMarked
package dev.savile.select.optimize;
