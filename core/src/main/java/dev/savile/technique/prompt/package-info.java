/// Prompts: the bundle that turns a message into one, the worked examples in it, and what chooses and orders them.
@NullMarked
package dev.savile.technique.prompt;

import org.jspecify.annotations.NullMarked;
