package dev.savile.forest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A forest made of whole rows, in which rows share the tokens that they begin with.
///
/// @param forest the segments
/// @param tokens for each row, in the order given, the place of each of its tokens among the computed tokens
public record RowForest(TokenForest forest, List<int[]> tokens) {
    /// A shared run shorter than this is not worth a segment of its own.
    private static final int MIN_SHARED_TOKENS = 8;

    /// A row and how much of it may be shared.
    ///
    /// @param ids      token ids, at least one
    /// @param sharable number of leading tokens that other rows may share; the rest is the row's own
    public record Row(int[] ids, int sharable) {
        public Row {
            if (ids.length == 0) throw new IllegalArgumentException("a row needs at least one token");
            if (sharable < 0 || sharable >= ids.length)
                throw new IllegalArgumentException("a row of " + ids.length + " tokens cannot share " + sharable);
        }
    }

    /// Arrange rows as a forest under which common beginnings are computed once.
    public static RowForest of(List<Row> rows) {
        return after(TokenForest.builder(), Segment.NO_PARENT, rows);
    }

    /// Arrange rows below a segment that the builder has already: every row continues it.
    public static RowForest after(TokenForest.Builder builder, int parent, List<Row> rows) {
        List<List<Piece>> paths = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            paths.add(new ArrayList<>());
            all.add(i);
        }
        grow(builder, rows, all, 0, 0, parent, paths);
        TokenForest forest = builder.build();
        List<int[]> tokens = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            int[] places = new int[rows.get(i).ids().length];
            for (Piece piece : paths.get(i))
                for (int k = 0; k < piece.length; k++) places[piece.from + k] = forest.token(piece.segment, k);
            tokens.add(places);
        }
        return new RowForest(forest, tokens);
    }

    /// A segment on a row's path, and which of the row's tokens it covers.
    private record Piece(int segment, int from, int length) {}

    /// Place rows that agree in all tokens before `at`; the tokens before `start` have been placed.
    private static void grow(
            TokenForest.Builder builder,
            List<Row> rows,
            List<Integer> group,
            int start,
            int at,
            int parent,
            List<List<Piece>> paths) {
        Map<Integer, List<Integer>> byToken = new LinkedHashMap<>();
        for (int row : group) {
            if (at >= rows.get(row).sharable()) leaf(builder, rows.get(row), row, start, parent, paths);
            else
                byToken.computeIfAbsent(rows.get(row).ids()[at], token -> new ArrayList<>())
                        .add(row);
        }
        for (List<Integer> same : byToken.values()) {
            if (same.size() == 1) {
                int row = same.getFirst();
                leaf(builder, rows.get(row), row, start, parent, paths);
                continue;
            }
            int end = commonEnd(rows, same, at);
            if (end - start < MIN_SHARED_TOKENS) {
                grow(builder, rows, same, start, end, parent, paths);
            } else {
                int[] ids =
                        java.util.Arrays.copyOfRange(rows.get(same.getFirst()).ids(), start, end);
                int segment = builder.ids(parent, ids);
                for (int row : same) paths.get(row).add(new Piece(segment, start, ids.length));
                grow(builder, rows, same, end, end, segment, paths);
            }
        }
    }

    private static void leaf(
            TokenForest.Builder builder, Row row, int index, int start, int parent, List<List<Piece>> paths) {
        int[] ids = java.util.Arrays.copyOfRange(row.ids(), start, row.ids().length);
        paths.get(index).add(new Piece(builder.ids(parent, ids), start, ids.length));
    }

    private static int commonEnd(List<Row> rows, List<Integer> group, int at) {
        int[] first = rows.get(group.getFirst()).ids();
        int end = rows.get(group.getFirst()).sharable();
        for (int row : group) {
            int[] ids = rows.get(row).ids();
            int limit = Math.min(end, rows.get(row).sharable());
            int k = at;
            while (k < limit && ids[k] == first[k]) k++;
            end = k;
        }
        return end;
    }
}
