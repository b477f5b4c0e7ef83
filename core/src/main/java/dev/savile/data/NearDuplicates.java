package dev.savile.data;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Group texts that differ by a word or two.
///
/// Long texts are joined when they share a run of 13 words that is not common, or four fifths of their runs of 5
/// words; texts below 13 words when they share four fifths of their runs of 5 characters. Candidates come from
/// MinHash (Broder, "On the resemblance and containment of documents", 1997), and each is then compared exactly.
final class NearDuplicates {
    private static final int WORDS = 13;
    private static final int SHINGLE_WORDS = 5;
    private static final int SHINGLE_CHARACTERS = 5;
    private static final double SAME = 0.8;
    private static final int HASHES = 128;
    private static final int BAND = 8;
    private static final int MAX_ROWS_OF_COMMON_RUN = 10;

    private final int[] parent;

    private NearDuplicates(int size) {
        parent = new int[size];
        for (int i = 0; i < size; i++) parent[i] = i;
    }

    /// @param texts normalised
    /// @return for each text the number of the first text of its group
    static int[] groups(List<String> texts) {
        var groups = new NearDuplicates(texts.size());
        List<Set<String>> shingles = new ArrayList<>();
        Map<String, List<Integer>> runs = new HashMap<>();
        for (int i = 0; i < texts.size(); i++) {
            String[] words = texts.get(i).split(" ");
            shingles.add(words.length < WORDS ? characters(texts.get(i)) : words(words, SHINGLE_WORDS));
            if (words.length >= WORDS)
                for (String run : words(words, WORDS))
                    runs.computeIfAbsent(run, key -> new ArrayList<>()).add(i);
        }
        for (List<Integer> rows : runs.values())
            if (rows.size() > 1 && rows.size() <= MAX_ROWS_OF_COMMON_RUN)
                for (int row : rows) groups.join(rows.getFirst(), row);
        groups.joinAlike(shingles);
        int[] result = new int[texts.size()];
        for (int i = 0; i < result.length; i++) result[i] = groups.find(i);
        return result;
    }

    private void joinAlike(List<Set<String>> shingles) {
        long[] factors = new long[HASHES];
        var rng = Rng.of(0, "minhash");
        for (int h = 0; h < HASHES; h++) factors[h] = rng.nextLong() | 1;
        Map<Long, List<Integer>> buckets = new HashMap<>();
        for (int i = 0; i < shingles.size(); i++) {
            long[] signature = signature(shingles.get(i), factors);
            for (int band = 0; band < HASHES / BAND; band++) {
                long key = 31L * Arrays.hashCode(Arrays.copyOfRange(signature, band * BAND, (band + 1) * BAND)) + band;
                List<Integer> bucket = buckets.computeIfAbsent(key, k -> new ArrayList<>());
                // comparing with the members' groups once each keeps a bucket of equal texts linear
                for (int other : bucket)
                    if (find(i) != find(other) && jaccard(shingles.get(i), shingles.get(other)) >= SAME) join(other, i);
                bucket.add(i);
            }
        }
    }

    private static long[] signature(Set<String> shingles, long[] factors) {
        long[] smallest = new long[factors.length];
        Arrays.fill(smallest, Long.MAX_VALUE);
        for (String shingle : shingles) {
            long hash = Rng.of(0, shingle).state();
            for (int h = 0; h < factors.length; h++)
                smallest[h] = Math.min(smallest[h], (hash ^ factors[h]) * factors[h]);
        }
        return smallest;
    }

    private static double jaccard(Set<String> a, Set<String> b) {
        if (a.isEmpty() || b.isEmpty()) return 0;
        boolean first = a.size() <= b.size();
        Set<String> large = first ? b : a;
        long shared = (first ? a : b).stream().filter(large::contains).count();
        return shared / (double) (a.size() + b.size() - shared);
    }

    private static Set<String> words(String[] words, int length) {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i + length <= words.length; i++)
            runs.add(String.join(" ", Arrays.copyOfRange(words, i, i + length)));
        return runs;
    }

    private static Set<String> characters(String text) {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i + SHINGLE_CHARACTERS <= text.length(); i++)
            runs.add(text.substring(i, i + SHINGLE_CHARACTERS));
        return runs;
    }

    private int find(int i) {
        int root = i;
        while (parent[root] != root) root = parent[root];
        while (parent[i] != root) {
            int next = parent[i];
            parent[i] = root;
            i = next;
        }
        return root;
    }

    private void join(int a, int b) {
        int first = find(a);
        int second = find(b);
        parent[Math.max(first, second)] = Math.min(first, second);
    }
}
