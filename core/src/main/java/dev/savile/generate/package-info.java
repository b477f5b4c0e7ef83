/// Let a model write: token by token, for one prompt or many at once.
///
/// A [dev.savile.generate.DecodingBatch] holds rows in all stages of life. Each of its steps runs one forest
/// through the model: the next piece of prompts that have not been read to their end, and the newest token of rows
/// that are being written. What a row has seen stays in its [dev.savile.generate.KeyValueCache], so a step
/// computes only what is new. Rows come and go between steps. [dev.savile.generate.Generator] runs one row,
/// [dev.savile.generate.BatchGenerator] a list of them, and [dev.savile.generate.TextGenerator] puts text around
/// both.
///
/// An answer can be held to a form: `constrain` says after each token which ones may follow, and a row takes the
/// others out of its logits before it chooses.
///
/// A row's draws are keyed by what is drawn, never by when: which rows share a batch changes results only by
/// rounding.
@NullMarked
package dev.savile.generate;

import org.jspecify.annotations.NullMarked;
