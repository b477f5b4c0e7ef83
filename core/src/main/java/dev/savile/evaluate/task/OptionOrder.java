package dev.savile.evaluate.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Put the options that stand in a question into one order, so that the question is found again where they stand in
/// another.
///
/// Options stand as a list at the end of a sentence or line (`Which colour? blue, red or green`), each behind a letter
/// or a digit of its own or not; or the options are such marks, and what follows each in its line is what changes
/// places (`(A) blue`). Words of an option in a sentence (`Is blue a colour?`) are no list and stay: two questions that
/// differ in them are two.
final class OptionOrder {
    /// Between two options of a list: no more than a short word or a mark.
    private static final Pattern BETWEEN =
            Pattern.compile("[^\\p{L}\\p{N}]*(\\p{L}{1,3}|\\p{N}{1,2})?[^\\p{L}\\p{N}]*");
    /// Before the first option of a list: nothing, the end of a sentence or of a line, perhaps a mark.
    private static final Pattern BEFORE =
            Pattern.compile("(?s)(?:.*(?:[^\\p{L}\\p{N}\\s]|\\R))?\\h*(?:[\\p{L}\\p{N}][^\\p{L}\\p{N}]+)?");
    private static final Pattern MARK = Pattern.compile("[\\[(]?[\\p{L}\\p{N}][\\])]?[.:]?");

    private OptionOrder() {}

    /// Where an option stands in a text.
    private record Place(String option, int start, int end) {}

    /// Return a text with the options that stand in it in one order; the text as it is where they do not.
    static String sorted(String text, List<String> options) {
        if (options.size() < 2) return text;
        boolean marks = options.stream().allMatch(option -> MARK.matcher(option).matches());
        List<Place> places = new ArrayList<>();
        for (String option : options.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList()) {
            Optional<Place> place = last(text, option, marks, places);
            if (place.isEmpty()) return text;
            places.add(place.get());
        }
        places.sort(Comparator.comparingInt(Place::start));
        if (marks) return withSortedBodies(text, places);
        return isList(text, places) ? withSortedOptions(text, places) : text;
    }

    /// The last place of an option that no longer one has taken; of a mark, at the beginning of a line.
    private static Optional<Place> last(String text, String option, boolean mark, List<Place> taken) {
        String pattern = (mark ? "(?m)^" : "(?<![\\p{L}\\p{N}])") + Pattern.quote(option) + "(?![\\p{L}\\p{N}])";
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .filter(found -> taken.stream().noneMatch(place -> overlaps(found, place)))
                .reduce((_, later) -> later)
                .map(found -> new Place(option, found.start(), found.end()));
    }

    private static boolean overlaps(MatchResult found, Place place) {
        return found.start() < place.end && place.start < found.end();
    }

    private static boolean isList(String text, List<Place> places) {
        if (!BEFORE.matcher(text.substring(0, places.getFirst().start)).matches()) return false;
        for (int i = 1; i < places.size(); i++)
            if (!BETWEEN.matcher(text.substring(places.get(i - 1).end, places.get(i).start))
                    .matches()) return false;
        return true;
    }

    private static String withSortedOptions(String text, List<Place> places) {
        List<String> sorted = places.stream().map(Place::option).sorted().toList();
        var changed = new StringBuilder();
        int from = 0;
        for (int i = 0; i < sorted.size(); i++) {
            changed.append(text, from, places.get(i).start).append(sorted.get(i));
            from = places.get(i).end;
        }
        return changed.append(text, from, text.length()).toString();
    }

    private static String withSortedBodies(String text, List<Place> places) {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            int end = i + 1 < places.size() ? places.get(i + 1).start : text.length();
            bodies.add(text.substring(places.get(i).end, end).strip());
        }
        bodies.sort(Comparator.naturalOrder());
        return text.substring(0, places.getFirst().start) + String.join("\n", bodies);
    }
}
