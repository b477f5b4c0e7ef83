package dev.savile.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Where a row is from, for people who want to look at it.
///
/// @param source file that it stands in; empty where only one was read
/// @param line   line of the file at which the row begins, from 1
public record RowPlace(String source, long line) {
    private static final int SHOWN = 10;

    /// A line of the only file.
    public static RowPlace line(long line) {
        return new RowPlace("", line);
    }

    /// Return the same line of a named file.
    public RowPlace of(String file) {
        return new RowPlace(file, line);
    }

    /// Name the first of some places: `lines 3, 17 of a.csv, line 4 of b.csv and 13 more`.
    public static String words(List<RowPlace> places) {
        Map<String, List<Long>> lines = new LinkedHashMap<>();
        places.stream().limit(SHOWN).forEach(place -> lines.computeIfAbsent(place.source, _ -> new ArrayList<>())
                .add(place.line));
        String first = lines.entrySet().stream()
                .map(file -> words(file.getKey(), file.getValue()))
                .collect(Collectors.joining(", "));
        return places.size() > SHOWN ? first + " and " + (places.size() - SHOWN) + " more" : first;
    }

    private static String words(String source, List<Long> lines) {
        String numbers = lines.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return (lines.size() == 1 ? "line " : "lines ") + numbers + (source.isEmpty() ? "" : " of " + source);
    }
}
