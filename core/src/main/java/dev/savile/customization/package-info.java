/// The saved customization: files that other tools read (PEFT's layout, Hugging Face folders), and beside them
/// everything that Savile adds: prompt, provenance, training state.
@NullMarked
package dev.savile.customization;

import org.jspecify.annotations.NullMarked;
