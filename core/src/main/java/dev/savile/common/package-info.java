/// What every package may use: errors for users, progress, the environment, JSON and YAML, digests, durable files.
@NullMarked
package dev.savile.common;

import org.jspecify.annotations.NullMarked;
