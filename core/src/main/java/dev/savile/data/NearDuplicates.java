package dev.savile.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Group texts that differ by a word or two.
///
/// Long texts are joined when they share a run of 13 words that is not common, or four fifths of their runs of 5
/// words; texts below 13 words when they share four fifths of their runs of 5 characters.
final class NearDuplicates {
    private static final int LONG_WORDS = 13;
    private static final int SHINGLE_WORDS = 5;
    private static final int SHINGLE_CHARACTERS = 5;
    private static final int MAX_ROWS_OF_COMMON_RUN = 10;

    private NearDuplicates() {}

    /// @param texts normalised
    /// @return for each text the number of the first text of its group
    static int[] groups(List<String> texts) {
        var groups = new UnionFind(texts.size());
        List<long[]> shingles = new ArrayList<>();
        List<long[]> longRuns = new ArrayList<>();
        for (String text : texts) {
            long[] words = Shingles.words(text);
            boolean isLong = words.length >= LONG_WORDS;
            shingles.add(
                    isLong ? Shingles.ofWords(words, SHINGLE_WORDS) : Shingles.ofCharacters(text, SHINGLE_CHARACTERS));
            longRuns.add(Shingles.ofWords(words, LONG_WORDS));
        }
        joinByRuns(longRuns, groups);
        new AlikeSets(shingles).joinIn(groups);
        return groups.groups();
    }

    /// Join texts that share a run, unless so many have it that it is a form letter or a quotation.
    private static void joinByRuns(List<long[]> runs, UnionFind groups) {
        long[] all = runs.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        Map<Long, List<Integer>> rowsOf = new LinkedHashMap<>();
        for (int i = 1; i < all.length; i++) if (all[i] == all[i - 1]) rowsOf.putIfAbsent(all[i], new ArrayList<>());
        if (rowsOf.isEmpty()) return;
        for (int row = 0; row < runs.size(); row++)
            for (long run : runs.get(row)) {
                List<Integer> rows = rowsOf.get(run);
                if (rows != null) rows.add(row);
            }
        for (List<Integer> rows : rowsOf.values())
            if (rows.size() <= MAX_ROWS_OF_COMMON_RUN) for (int row : rows) groups.join(rows.getFirst(), row);
    }
}
