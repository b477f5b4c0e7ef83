/// Hold what a model writes to a form: one of several texts, a regular expression, a JSON schema.
///
/// Each of the three is read into one syntax tree ([dev.savile.generate.constrain.Expression]), which becomes a
/// nondeterministic automaton over the bytes of UTF-8 and then a deterministic one, built whole before anything is
/// written: what is too large is refused at once, never in the middle of an answer. That is the
/// [dev.savile.generate.constrain.Automaton]; it knows nothing of tokens.
///
/// A [dev.savile.generate.constrain.Vocabulary] holds the bytes of a model's tokens as a tree. Walking the two
/// together gives the tokens that may follow a state, once a state; from then on a token costs one look-up and one
/// pass over its logits ([dev.savile.generate.constrain.TokenConstraint]). Each state also knows in how many tokens
/// it can be brought to an end, so that an answer never stops half-way, whatever its limit.
///
/// *Paper*: Willard and Louf, "Efficient guided generation for large language models", 2023.
@NullMarked
package dev.savile.generate.constrain;

import org.jspecify.annotations.NullMarked;
