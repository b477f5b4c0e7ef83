/// What ran, on what, with which result.
///
/// A run is one piece of work that takes a while: a training, an evaluation, a race. It has a configuration,
/// events on the way and a result or an error, all kept in one SQLite database, `runs.db` in the user's Savile
/// folder. Events are gathered in memory and written at least once a second, so a training step pays next to
/// nothing for them; a process that is killed loses at most the last second and never the database. A run
/// remembers which process it belongs to: when that process is gone without having said how the run ended, the run
/// is listed as interrupted.
@NullMarked
package dev.savile.runs;

import org.jspecify.annotations.NullMarked;
