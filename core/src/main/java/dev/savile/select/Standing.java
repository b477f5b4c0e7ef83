package dev.savile.select;

import dev.savile.evaluate.statistics.ItemsNeeded;
import dev.savile.evaluate.statistics.PairedEvidence;
import java.util.List;

/// Say where an arm stands in a decision.
public sealed interface Standing {
    String arm();

    /// The arm with the best mean among those considered.
    record Leader(String arm) implements Standing {}

    /// Any other arm that keeps the limits, against the leader.
    ///
    /// @param arm                     its name
    /// @param verdict                 what follows from the rest
    /// @param evidence                arm minus leader, item by item
    /// @param adjustedP               two-sided p value of "no difference", adjusted over all arms compared
    /// @param adjustedNonInferiorityP p value of "worse by the tolerance or more", adjusted over the cheaper arms
    ///                                if it is one of them, else over the others
    /// @param cheaper                 whether it was considered and costs less than the leader
    /// @param ruledOut                whether even the upper end of its interval lies below minus the tolerance
    /// @param needed                  items that would show it to be within the tolerance
    record Compared(
            String arm,
            ArmVerdict verdict,
            PairedEvidence evidence,
            double adjustedP,
            double adjustedNonInferiorityP,
            boolean cheaper,
            boolean ruledOut,
            ItemsNeeded needed)
            implements Standing {
        /// Tell whether it is cheaper and neither accepted nor ruled out, so that more items could change the
        /// choice.
        public boolean open() {
            return cheaper && !ruledOut && !accepted();
        }

        /// Tell whether it is shown to be within the tolerance of the leader.
        public boolean accepted() {
            return adjustedNonInferiorityP < DecisionRule.NON_INFERIORITY_ALPHA;
        }
    }

    /// An arm that breaks a limit and was not considered.
    record Dropped(String arm, List<Breach> breaches) implements Standing {
        public Dropped {
            breaches = List.copyOf(breaches);
        }
    }
}
