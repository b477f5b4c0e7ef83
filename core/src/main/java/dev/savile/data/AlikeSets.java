package dev.savile.data;

import java.util.Arrays;
import java.util.List;

/// Find all pairs of sets that share at least four fifths of their union (Jaccard similarity of 0.8).
///
/// Elements are put in order of their frequency. Two sets so alike share at least one of their rarest elements, a
/// fifth of each set: only sets that meet there are compared. Unlike MinHash, which is usual here, this misses no
/// pair and needs no random numbers. *Paper*: Bayardo, Ma and Srikant, "Scaling up all pairs similarity search",
/// 2007; the bound by positions is that of Xiao, Wang, Lin and Yu, "Efficient similarity joins for near duplicate
/// detection", 2008.
final class AlikeSets {
    /// Numerator and denominator of the similarity; whole numbers, because 0.8 is none of binary fractions.
    private static final int SAME = 4;

    private static final int OF = 5;

    /// Ranks of each set's elements by frequency, rarest first.
    private final int[][] ranked;

    /// @param sets each sorted and without repeats
    AlikeSets(List<long[]> sets) {
        ranked = ranked(sets);
    }

    /// Join the sets that are alike; those already joined are not compared again.
    void joinIn(UnionFind groups) {
        int[] start = postingStarts();
        int[] end = start.clone();
        int[] postedSet = new int[start[start.length - 1]];
        int[] postedPlace = new int[postedSet.length];
        int[] lastCompared = new int[ranked.length];
        Arrays.fill(lastCompared, -1);
        for (int set = 0; set < ranked.length; set++) {
            int[] own = ranked[set];
            for (int place = 0; place < prefix(own.length); place++) {
                int rank = own[place];
                for (int p = start[rank]; p < end[rank]; p++) {
                    int other = postedSet[p];
                    if (lastCompared[other] == set) continue;
                    lastCompared[other] = set;
                    if (possible(own, place, ranked[other], postedPlace[p])
                            && groups.find(set) != groups.find(other)
                            && alike(own, ranked[other])) groups.join(other, set);
                }
                postedSet[end[rank]] = set;
                postedPlace[end[rank]] = place;
                end[rank]++;
            }
        }
    }

    /// Whether enough elements are left behind the first shared one, in sets of sizes that are not too different.
    private static boolean possible(int[] a, int placeInA, int[] b, int placeInB) {
        long most = 1L + Math.min(a.length - placeInA - 1, b.length - placeInB - 1);
        return most * OF >= SAME * (a.length + b.length - most);
    }

    private static boolean alike(int[] a, int[] b) {
        long shared = 0;
        int i = 0;
        int j = 0;
        while (i < a.length && j < b.length) {
            if (a[i] == b[j]) {
                shared++;
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        return shared * OF >= SAME * (a.length + b.length - shared);
    }

    /// Length of the part in which sets that are alike must meet: all but the four fifths that they share, and
    /// one.
    private static int prefix(int size) {
        return size == 0 ? 0 : size - (SAME * size + OF - 1) / OF + 1;
    }

    /// Return where the postings of each rank start; the last entry is their number.
    private int[] postingStarts() {
        int ranks = 0;
        for (int[] set : ranked) ranks = Math.max(ranks, set.length == 0 ? 0 : set[set.length - 1] + 1);
        int[] starts = new int[ranks + 1];
        for (int[] set : ranked) for (int place = 0; place < prefix(set.length); place++) starts[set[place] + 1]++;
        for (int rank = 0; rank < ranks; rank++) starts[rank + 1] += starts[rank];
        return starts;
    }

    private static int[][] ranked(List<long[]> sets) {
        long[] all = sets.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        long[] known = new long[all.length];
        long[] order = new long[all.length]; // frequency in the high half, number of the element in the low half
        int count = 0;
        for (int i = 0; i < all.length; i++) {
            if (i == 0 || all[i] != all[i - 1]) {
                known[count] = all[i];
                order[count] = count;
                count++;
            }
            order[count - 1] += 1L << 32;
        }
        Arrays.sort(order, 0, count);
        int[] rankOf = new int[count];
        for (int rank = 0; rank < count; rank++) rankOf[(int) order[rank]] = rank;
        int[][] ranked = new int[sets.size()][];
        for (int set = 0; set < ranked.length; set++) {
            long[] elements = sets.get(set);
            ranked[set] = new int[elements.length];
            for (int i = 0; i < elements.length; i++)
                ranked[set][i] = rankOf[Arrays.binarySearch(known, 0, count, elements[i])];
            Arrays.sort(ranked[set]);
        }
        return ranked;
    }
}
