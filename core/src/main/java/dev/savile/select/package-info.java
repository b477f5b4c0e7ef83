/// The race: arms, budget, rungs, decision, report. It measures which technique is right for the user's own data.
@NullMarked
package dev.savile.select;

import org.jspecify.annotations.NullMarked;
