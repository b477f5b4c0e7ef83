/// A sentence encoder that finds texts of the same meaning, run by ONNX Runtime inside this process. Optional: core
/// finds it as a [SentenceEncoder][dev.savile.technique.prompt.SentenceEncoder] where it is on the class path.
@NullMarked
package dev.savile.encoder;

import org.jspecify.annotations.NullMarked;
