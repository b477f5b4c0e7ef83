/// Techniques: what a customization changes. The sealed [dev.savile.technique.Technique] lists them all; the
/// packages below hold what each adds to the model.
@NullMarked
package dev.savile.technique;

import org.jspecify.annotations.NullMarked;
