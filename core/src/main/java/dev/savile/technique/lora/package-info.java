/// LoRA: a low-rank update of linears.
@NullMarked
package dev.savile.technique.lora;

import org.jspecify.annotations.NullMarked;
