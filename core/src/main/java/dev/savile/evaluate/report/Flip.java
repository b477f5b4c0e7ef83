package dev.savile.evaluate.report;

import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// An item on which one of two systems is better than the other.
///
/// @param item         its id
/// @param asked        the question
/// @param wanted       the first of the answers that count as right
/// @param first        what the first system said
/// @param second       what the other said
/// @param firstCredit  of the first system's answer, 0 to 1
/// @param secondCredit of the other's
public record Flip(
        int item, String asked, String wanted, String first, String second, double firstCredit, double secondCredit) {
    public Flip {
        if (firstCredit == secondCredit)
            throw new IllegalArgumentException("both systems have the credit " + firstCredit + " on item " + item);
    }

    /// List all flips of two results on the same items, in the order of the items.
    public static List<Flip> of(TaskResult first, TaskResult second) {
        return IntStream.range(0, first.items().size())
                .filter(i -> credit(first, i) != credit(second, i))
                .mapToObj(i -> {
                    ItemResult one = first.items().get(i);
                    ItemResult two = second.items().get(i);
                    return new Flip(
                            one.id(),
                            one.input(),
                            one.references().getFirst(),
                            one.said(),
                            two.said(),
                            one.credit(),
                            two.credit());
                })
                .toList();
    }

    /// Whether the first system is the better one here.
    public boolean firstBetter() {
        return firstCredit > secondCredit;
    }

    /// Count those on which the first system is better, or those on which it is worse.
    public static long count(List<Flip> flips, boolean firstBetter) {
        return flips.stream().filter(flip -> flip.firstBetter() == firstBetter).count();
    }

    /// List them for programs; questions are told by their ids.
    public static List<Map<String, Object>> fields(List<Flip> flips) {
        return flips.stream().map(Flip::fields).toList();
    }

    private Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("item", item);
        fields.put("wanted", wanted);
        fields.put("first", first);
        fields.put("second", second);
        fields.put("firstCredit", firstCredit);
        fields.put("secondCredit", secondCredit);
        fields.put("better", firstBetter() ? "first" : "second");
        return fields;
    }

    private static double credit(TaskResult result, int item) {
        return result.items().get(item).credit();
    }
}
