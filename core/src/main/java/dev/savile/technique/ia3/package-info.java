/// IA3: trained factors on keys, values and the inner values of the feed-forward part.
@NullMarked
package dev.savile.technique.ia3;

import org.jspecify.annotations.NullMarked;
