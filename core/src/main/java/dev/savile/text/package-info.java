/// Turn conversations into text and text into token ids, in training, scoring and generation alike.
///
/// A [ChatTemplate] writes a [Conversation] as text; a [Tokenizer] encodes it; a [ChatEncoder] puts the two
/// together. One rule runs through all of it: the ids of a prompt in training are the ids of that prompt at
/// inference. So a prompt is encoded once, a completion as its own segment behind it, and never both as one text,
/// since merges across the seam would change ids on either side.
///
/// [Tokenizers] is the only place that builds tokenizers. Models in GGUF carry tables instead of a
/// `tokenizer.json`; from them the same file is generated and loaded by the same library, so there is one
/// implementation to trust.
///
/// On the way out, [TextStream] releases only whole characters and [StopStrings] only text that cannot be part of
/// a stop string any more.
@NullMarked
package dev.savile.text;

import org.jspecify.annotations.NullMarked;
