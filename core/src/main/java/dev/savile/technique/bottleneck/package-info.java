/// Adapter learning: small networks with a bottleneck between the halves of a layer.
@NullMarked
package dev.savile.technique.bottleneck;

import org.jspecify.annotations.NullMarked;
