/// safetensors files: read by mapping, checked strictly; written whole or not at all.
@NullMarked
package dev.savile.files.safetensors;

import org.jspecify.annotations.NullMarked;
