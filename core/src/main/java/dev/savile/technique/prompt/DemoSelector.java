package dev.savile.technique.prompt;

import dev.savile.data.Normalised;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Choose the worked examples for a message. A message is never its own example: examples with the same normalised
/// text are taken out before any strategy ranks, and the result is checked again.
public final class DemoSelector {
    private final PromptBundle.Demos demos;
    private final List<String> normalised;
    private final List<Integer> fixedOrder;
    private final Bm25 index;

    public DemoSelector(PromptBundle.Demos demos) {
        this.demos = demos;
        normalised =
                demos.pool().stream().map(demo -> Normalised.of(demo.text())).toList();
        fixedOrder = switch (demos.strategy()) {
            case "random" -> random(demos);
            case "label_balanced" -> balanced(demos, random(demos));
            default -> List.of();
        };
        index = new Bm25(
                demos.strategy().equals("bm25")
                        ? demos.pool().stream().map(Demo::text).toList()
                        : List.of());
    }

    /// Return at most `count` examples, the one nearest to the message last.
    public List<Demo> select(String message) {
        if (demos.count() == 0 || demos.pool().isEmpty()) return List.of();
        String own = Normalised.of(message);
        List<Integer> ranked = demos.strategy().equals("bm25") ? byScore(message) : fixedOrder;
        List<Demo> chosen = new ArrayList<>();
        for (int i : ranked) {
            if (normalised.get(i).equals(own)) continue;
            chosen.add(demos.pool().get(i));
            if (chosen.size() == demos.count()) break;
        }
        if (chosen.stream().anyMatch(demo -> Normalised.of(demo.text()).equals(own)))
            throw new IllegalStateException("a message was about to become its own example");
        Collections.reverse(chosen);
        return chosen;
    }

    /// Whether every message gets the same examples, so that the prompt's beginning is shared by all.
    public boolean fixed() {
        return !demos.strategy().equals("bm25");
    }

    private List<Integer> byScore(String message) {
        double[] scores = index.scores(message);
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]).thenComparing(i -> i))
                .toList();
    }

    private static List<Integer> random(PromptBundle.Demos demos) {
        int[] order = Rng.of(demos.seed(), "demos").permutation(demos.pool().size());
        return java.util.Arrays.stream(order).boxed().toList();
    }

    /// Labels take turns, the most frequent first.
    static List<Integer> balanced(PromptBundle.Demos demos, List<Integer> order) {
        Map<String, List<Integer>> byLabel = new TreeMap<>();
        for (int i : order)
            byLabel.computeIfAbsent(demos.pool().get(i).label(), key -> new ArrayList<>())
                    .add(i);
        List<List<Integer>> queues = byLabel.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, List<Integer>> e) ->
                                -e.getValue().size())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getValue)
                .toList();
        List<Integer> result = new ArrayList<>();
        for (int turn = 0; result.size() < order.size(); turn++)
            for (List<Integer> queue : queues) if (turn < queue.size()) result.add(queue.get(turn));
        return result;
    }
}
