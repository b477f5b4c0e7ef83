package dev.savile.evaluate.statistics;

import java.util.Locale;

/// Say how many more items would settle a comparison that the present ones leave open.
public sealed interface ItemsNeeded {
    /// This many more, if the rates seen so far hold (80 % power).
    record More(long items) implements ItemsNeeded {
        public More {
            if (items < 1) throw new IllegalArgumentException("items must be at least 1, got " + items);
        }
    }

    /// No number would do it, as far as the rates seen so far tell.
    record Unlikely() implements ItemsNeeded {}

    /// It is settled.
    record None() implements ItemsNeeded {}

    /// Put it in words: "about 4,200 more items", "unlikely at any size".
    default String words() {
        return switch (this) {
            case More(long items) -> "about " + String.format(Locale.ROOT, "%,d", rounded(items)) + " more items";
            case Unlikely() -> "unlikely at any size";
            case None() -> "no more items";
        };
    }

    /// Return the smaller of two needs.
    default ItemsNeeded or(ItemsNeeded other) {
        return switch (this) {
            case None() -> this;
            case Unlikely() -> other;
            case More(long items) ->
                switch (other) {
                    case More(long others) -> others < items ? other : this;
                    case None() -> other;
                    case Unlikely() -> this;
                };
        };
    }

    /// Two digits are as many as such an estimate deserves; rounded up, so that a small need never reads as none.
    private static long rounded(long items) {
        long unit = 1;
        while (items / unit >= 100) unit *= 10;
        return (items + unit - 1) / unit * unit;
    }
}
