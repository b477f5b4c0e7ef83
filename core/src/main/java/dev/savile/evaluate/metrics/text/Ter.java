package dev.savile.evaluate.metrics.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Translation edit rate (Snover et al., 2006): the fewest insertions, deletions, replacements and moves of whole runs
/// of words that turn a text into a reference, over the words of the reference.
///
/// Moves are sought greedily, as Tercom does: the one that saves most edits first, while one saves any. Of several
/// references the nearest gives the edits, and all together the mean length. *Reference*: sacrebleu 2.6, lower case,
/// nothing else normalised; 1e-9 relative.
///
/// @param edits  of the text
/// @param length mean number of words of its references
public record Ter(int edits, double length) {
    private static final int MAX_RUN = 10;
    private static final int MAX_DISTANCE = 50;
    private static final int MAX_CANDIDATES = 1000;

    public static Ter of(String text, List<String> references) {
        List<String> own = words(text);
        int fewest = Integer.MAX_VALUE;
        double length = 0;
        for (String reference : references) {
            List<String> wanted = words(reference);
            fewest = Math.min(fewest, edits(own, wanted));
            length += wanted.size();
        }
        if (references.isEmpty()) throw new IllegalArgumentException("TER needs a reference");
        return new Ter(fewest, length / references.size());
    }

    /// Add up several texts.
    public static Ter sum(List<Ter> texts) {
        return new Ter(
                texts.stream().mapToInt(Ter::edits).sum(),
                texts.stream().mapToDouble(Ter::length).sum());
    }

    /// Return the rate in per cent; above 100 for texts that are much longer than their references.
    public double score() {
        if (length > 0) return 100 * edits / length;
        return edits > 0 ? 100 : 0;
    }

    private static List<String> words(String text) {
        return Arrays.asList(Match.words(text.toLowerCase(Locale.ROOT)));
    }

    private static int edits(List<String> text, List<String> reference) {
        if (reference.isEmpty()) return text.size();
        List<String> words = text;
        int moves = 0;
        int tried = 0;
        while (true) {
            Search search = new Search(words, reference, tried);
            Move best = search.best();
            tried = search.tried;
            if (tried >= MAX_CANDIDATES || best == null || best.saved <= 0) break;
            moves++;
            words = best.words;
        }
        return moves + new Alignment(words, reference).distance;
    }

    /// A run of words moved elsewhere.
    ///
    /// @param saved edits that are no longer needed
    private record Move(int saved, int length, int from, int to, List<String> words) {
        /// Better is what saves more, is longer, stands earlier and goes less far.
        private static final Comparator<Move> ORDER = Comparator.comparingInt(Move::saved)
                .thenComparingInt(Move::length)
                .thenComparing(Move::from, Comparator.reverseOrder())
                .thenComparing(Move::to, Comparator.reverseOrder());
    }

    /// The search for the best move of one round.
    private static final class Search {
        private final List<String> words;
        private final List<String> reference;
        private final Alignment now;
        private int tried;
        private @Nullable Move best;

        Search(List<String> words, List<String> reference, int tried) {
            this.words = words;
            this.reference = reference;
            this.tried = tried;
            now = new Alignment(words, reference);
        }

        @Nullable
        Move best() {
            for (int from = 0; from < words.size(); from++) {
                for (int at = 0; at < reference.size(); at++) {
                    if (Math.abs(at - from) > MAX_DISTANCE) continue;
                    int most = Math.min(MAX_RUN, Math.min(words.size() - from, reference.size() - at));
                    for (int length = 1; length <= most; length++) {
                        if (!words.get(from + length - 1).equals(reference.get(at + length - 1))) break;
                        tryRun(from, at, length);
                        if (tried >= MAX_CANDIDATES) return best;
                    }
                }
            }
            return best;
        }

        /// Try all places for a run that stands at `at` in the reference, if it is wrong where it is and missing there.
        private void tryRun(int from, int at, int length) {
            if (!now.wrongInText(from, length) || !now.wrongInReference(at, length)) return;
            int target = now.aligned[at];
            if (target >= from && target < from + length) return;
            int last = -1;
            for (int offset = -1; offset < length; offset++) {
                int place = at + offset;
                if (place >= reference.size()) break;
                int to = place == -1 ? 0 : now.aligned[place] + 1;
                if (to == last) continue;
                last = to;
                List<String> moved = moved(from, length, to);
                var candidate =
                        new Move(now.distance - new Alignment(moved, reference).distance, length, from, to, moved);
                tried++;
                if (best == null || Move.ORDER.compare(candidate, best) > 0) best = candidate;
            }
        }

        private List<String> moved(int from, int length, int to) {
            List<String> run = words.subList(from, from + length);
            List<String> rest = new ArrayList<>(words.subList(0, from));
            rest.addAll(words.subList(from + length, words.size()));
            // A place within the run counts from its start in what is left.
            int place = to < from ? to : to > from + length ? to - length : Math.min(to, rest.size());
            rest.addAll(place, run);
            return rest;
        }
    }

    /// The cheapest edits without moves, and what they put beside what.
    private static final class Alignment {
        private final int distance;
        /// For each word of the reference the word of the text beside it, or the one before; -1 before the first.
        private final int[] aligned;
        private final boolean[] textErrors;
        private final boolean[] referenceErrors;

        Alignment(List<String> text, List<String> reference) {
            int n = text.size();
            int m = reference.size();
            int[][] cost = new int[n + 1][m + 1];
            for (int j = 0; j <= m; j++) cost[0][j] = j;
            for (int i = 1; i <= n; i++) {
                cost[i][0] = i;
                for (int j = 1; j <= m; j++) {
                    int beside = cost[i - 1][j - 1] + (text.get(i - 1).equals(reference.get(j - 1)) ? 0 : 1);
                    cost[i][j] = Math.min(beside, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                }
            }
            distance = cost[n][m];
            aligned = new int[m];
            textErrors = new boolean[n];
            referenceErrors = new boolean[m];
            int i = n;
            int j = m;
            while (i > 0 || j > 0) {
                boolean same = i > 0 && j > 0 && text.get(i - 1).equals(reference.get(j - 1));
                if (i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + (same ? 0 : 1)) {
                    i--;
                    j--;
                    aligned[j] = i;
                    textErrors[i] = !same;
                    referenceErrors[j] = !same;
                } else if (i > 0 && cost[i][j] == cost[i - 1][j] + 1) {
                    i--;
                    textErrors[i] = true;
                } else {
                    j--;
                    aligned[j] = i - 1;
                    referenceErrors[j] = true;
                }
            }
        }

        boolean wrongInText(int from, int length) {
            return any(textErrors, from, length);
        }

        boolean wrongInReference(int from, int length) {
            return any(referenceErrors, from, length);
        }

        private static boolean any(boolean[] flags, int from, int length) {
            for (int i = from; i < from + length; i++) if (flags[i]) return true;
            return false;
        }
    }
}
