/// Small fakes and models that tests of several packages share.
@NullMarked
package dev.savile.testing;

import org.jspecify.annotations.NullMarked;
