/// The token forest: the one data structure for everything that runs through a model.
///
/// Work is a forest of segments. A segment holds token ids, given vectors (a soft prompt) or given keys and values
/// (a prefix, a cached prompt) and continues its parent. A token attends to its ancestors and, causally, to its
/// own segment; positions count along the path. Padding does not exist, shared prompts are computed once, and what
/// every test rests on is this: **a forest gives, row by row, what each row gives alone.**
@NullMarked
package dev.savile.forest;

import org.jspecify.annotations.NullMarked;
