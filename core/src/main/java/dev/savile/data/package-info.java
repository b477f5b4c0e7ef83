/// Rows and data sets: readers, column mapping, duplicates, splits, the sealed test, the profile shown before any
/// training.
@NullMarked
package dev.savile.data;

import org.jspecify.annotations.NullMarked;
