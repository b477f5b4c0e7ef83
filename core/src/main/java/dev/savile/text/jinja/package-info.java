/// Interpret the template language of chat models, Jinja, exactly as Python's Jinja2 does where chat templates are
/// concerned.
///
/// The path is short: [Lexer] cuts the source into tokens and settles white space, [Parser] builds a sealed tree
/// of [Statement] and [Expression], [Interpreter] and [Evaluator] walk it. Values are the sealed [Value], with
/// Python's idea of truth, printing and equality: a template that prints `None`, `1e-07` or `{'a': 1}` was in
/// front of the model when it was trained, so it must print the same here.
///
/// Templates come with model files and count as hostile: nothing here reflects on Java objects, values cannot be
/// changed in place, the only clock is the one passed in, and [Limits] bounds steps, nesting and output.
@NullMarked
package dev.savile.text.jinja;

import org.jspecify.annotations.NullMarked;
