package dev.savile.common;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Find the known name that a mistyped one was probably meant to be.
public final class Nearest {
    private Nearest() {}

    /// Return the known name with the smallest edit distance, if it is near enough to be worth suggesting.
    public static Optional<String> to(String given, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String name) -> distance(given, name))
                        .thenComparing(name -> name))
                .filter(name -> distance(given, name) <= Math.max(2, name.length() / 3));
    }

    /// Return the question whether that name was meant, with a blank behind it; empty where none is near.
    public static String hint(String given, Collection<String> known) {
        return to(given, known).map(near -> "did you mean '" + near + "'? ").orElse("");
    }

    /// Return the Levenshtein distance, ignoring case.
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) previous[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
