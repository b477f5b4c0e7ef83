package dev.savile.common;

import java.util.Collection;

/// Name some of many in a sentence.
public final class Few {
    private Few() {}

    /// Return the first names, and how many more there are: `a, b and 3 more`.
    public static String of(Collection<String> names, int shown) {
        return of(names, shown, ", ", " and ");
    }

    /// Return them with other words between two names, and before the number.
    public static String of(Collection<String> names, int shown, String between, String beforeRest) {
        String first = String.join(between, names.stream().limit(shown).toList());
        return names.size() > shown ? first + beforeRest + (names.size() - shown) + " more" : first;
    }
}
