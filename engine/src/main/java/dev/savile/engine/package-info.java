/// libtorch behind a narrow facade: tensors, scopes, operations, threads, precision, random streams.
///
/// The only importer of `org.bytedeco`. Nothing here knows of models or text.
@NullMarked
package dev.savile.engine;

import org.jspecify.annotations.NullMarked;
