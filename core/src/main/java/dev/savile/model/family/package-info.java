/// Families: mappings from a `config.json` to a [dev.savile.model.ModelSpec] and the names of the weights.
@NullMarked
package dev.savile.model.family;

import org.jspecify.annotations.NullMarked;
