/// Soft prompts: trained vectors in front of a row (prompt tuning, p-tuning), or trained keys and values in front of
/// it in every layer (prefix tuning).
@NullMarked
package dev.savile.technique.soft;

import org.jspecify.annotations.NullMarked;
