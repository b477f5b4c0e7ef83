package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Let labels take turns, so that few examples show many labels.
final class LabelTurns {
    private LabelTurns() {}

    /// Take turns in the order of each label's best example; in its turn a label gives its best example not yet
    /// taken.
    ///
    /// @param labels  label of each example
    /// @param ranking numbers of examples, best first
    static List<Integer> overRanking(List<String> labels, List<Integer> ranking, int count) {
        Map<String, List<Integer>> queues = new LinkedHashMap<>();
        queue(labels, ranking, queues);
        return turns(List.copyOf(queues.values()), count);
    }

    /// Take turns from the most frequent label to the rarest; equally frequent ones in the order of their names.
    static List<Integer> commonestFirst(List<String> labels, List<Integer> order, int count) {
        Map<String, List<Integer>> queues = new TreeMap<>();
        queue(labels, order, queues);
        return turns(
                queues.values().stream()
                        .sorted(Comparator.comparingInt((List<Integer> queue) -> -queue.size()))
                        .toList(),
                count);
    }

    private static void queue(List<String> labels, List<Integer> order, Map<String, List<Integer>> queues) {
        for (int i : order)
            queues.computeIfAbsent(labels.get(i), key -> new ArrayList<>()).add(i);
    }

    private static List<Integer> turns(List<List<Integer>> queues, int count) {
        int available = queues.stream().mapToInt(List::size).sum();
        List<Integer> taken = new ArrayList<>();
        for (int turn = 0; taken.size() < Math.min(count, available); turn++)
            for (List<Integer> queue : queues)
                if (turn < queue.size() && taken.size() < count) taken.add(queue.get(turn));
        return taken;
    }
}
