/// GGUF files: read by mapping, checked strictly, dequantized, and turned once into a Hugging Face folder.
@NullMarked
package dev.savile.files.gguf;

import org.jspecify.annotations.NullMarked;
