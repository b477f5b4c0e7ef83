/// Rows and data sets: readers, column mapping, duplicates, splits, the sealed test, the profile shown before any
/// training.
///
/// The way of a file: [StrictReader][dev.savile.data.StrictReader] turns bytes into characters and refuses what is
/// not of the encoding; a reader per format hands on one raw row at a time, so a large file never stands in memory
/// as a whole; the collector of a row kind (labelled texts are the first) maps columns, counts gaps and says what
/// it left out. Nothing is repaired silently: what cannot be read for certain is refused with file, line and the
/// way out.
///
/// From the rows on, three promises hold. Rows that say the same stand on one side of every split. TRAIN alone is
/// learned from, SELECT only chooses. TEST rows leave [SealedTest][dev.savile.data.SealedTest] for one frozen
/// decision, and every access is written down.
@NullMarked
package dev.savile.data;

import org.jspecify.annotations.NullMarked;
