/// The report of a race: one page that opens anywhere, a table for the terminal, and the same figures for
/// programs.
@NullMarked
package dev.savile.select.report;

import org.jspecify.annotations.NullMarked;
