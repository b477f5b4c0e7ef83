package dev.savile.evaluate.judge;

import java.util.Optional;

/// What a judge says of one pair.
///
/// @param pair    as it was given
/// @param asGiven draws with the first system's answer shown first
/// @param swapped draws with the second system's answer shown first; counted for the systems, not for the places
public record PairJudgement(AnswerPair pair, Tally asGiven, Tally swapped) {
    /// Return the preference of both orders; a tie where they disagree; empty when one of them has no verdict.
    public Optional<Preference> preference() {
        return asGiven.majority().flatMap(one -> swapped.majority().map(other -> one == other ? one : Preference.TIE));
    }

    /// Whether the order of the answers changed the verdict.
    public boolean ordersDisagree() {
        Optional<Preference> one = asGiven.majority();
        Optional<Preference> other = swapped.majority();
        return one.isPresent() && other.isPresent() && !one.equals(other);
    }
}
