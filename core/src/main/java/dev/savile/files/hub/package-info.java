/// Finding models: local folders, the Hugging Face cache and hub, and the packaged default.
@NullMarked
package dev.savile.files.hub;

import org.jspecify.annotations.NullMarked;
