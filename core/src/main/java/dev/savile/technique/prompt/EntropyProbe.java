package dev.savile.technique.prompt;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Choose the order of fixed examples without any labels: the one under which a model's answers to probing messages
/// are spread most evenly. An order that makes a model say the same of everything is a bad one.
///
///     global = - sum over labels v of share_v ln share_v,  share_v = how often v is the predicted label
///     local  = mean over messages of - sum over labels v of p_v ln p_v
///
/// *Use* for the same examples in every prompt. *Not* where nearly all messages have one label: an even spread is then
/// no merit. *Cost*: all probing messages under each of up to 24 orders, which counts as the prompt's own search.
/// *Paper*: Lu et al., "Fantastically ordered prompts and where to find them", 2021. *Left out*: messages made up by
/// the model; probe with messages of TRAIN, their labels unseen.
public final class EntropyProbe {
    /// Most orders that are tried: all orders of four examples.
    public static final int MAX_ORDERS = 24;

    private EntropyProbe() {}

    /// What is to be spread evenly.
    public enum Criterion {
        /// The predicted labels of all messages together.
        GLOBAL,
        /// The label probabilities of each message.
        LOCAL
    }

    /// An order and what speaks for it.
    ///
    /// @param order   numbers of the examples in the order of the prompt
    /// @param entropy in nats
    public record Found(List<Integer> order, double entropy) {}

    /// Try orders and keep the one with the largest entropy, the first of them on a tie.
    ///
    /// @param examples how many there are; up to four are tried in all orders, more in 24 drawn ones
    /// @param seed     of the drawn orders
    /// @param answers  gives, for an order, the label probabilities of each probing message; nothing to end
    ///                 the search
    /// @return nothing when it was ended
    public static Optional<Found> best(
            int examples, long seed, Criterion criterion, Function<List<Integer>, Optional<List<double[]>>> answers) {
        Optional<Found> best = Optional.empty();
        for (List<Integer> order : orders(examples, seed)) {
            Optional<List<double[]>> found = answers.apply(order);
            if (found.isEmpty()) return Optional.empty();
            double entropy = entropy(criterion, found.get());
            if (best.isEmpty() || entropy > best.get().entropy()) best = Optional.of(new Found(order, entropy));
        }
        return best;
    }

    /// Return the entropy of the answers to probing messages, in nats.
    ///
    /// @param distributions label probabilities of each message, at least one message
    public static double entropy(Criterion criterion, List<double[]> distributions) {
        if (distributions.isEmpty()) throw new IllegalArgumentException("a probe needs at least one message");
        return switch (criterion) {
            case GLOBAL -> entropy(predictedShares(distributions));
            case LOCAL ->
                distributions.stream()
                        .mapToDouble(EntropyProbe::entropy)
                        .average()
                        .orElseThrow();
        };
    }

    /// How many orders of so many examples are tried.
    public static int tried(int examples) {
        return examples <= 4 ? IntStream.rangeClosed(2, examples).reduce(1, (a, b) -> a * b) : MAX_ORDERS;
    }

    /// Different orders, the given one first.
    static List<List<Integer>> orders(int examples, long seed) {
        List<Integer> given = IntStream.range(0, examples).boxed().toList();
        if (examples <= 4) {
            List<List<Integer>> all = new ArrayList<>();
            permute(given, List.of(), all);
            return all;
        }
        Set<List<Integer>> drawn = new LinkedHashSet<>();
        drawn.add(given);
        var rng = Rng.of(seed, "entropy probe");
        while (drawn.size() < MAX_ORDERS)
            drawn.add(IntStream.of(rng.permutation(examples)).boxed().toList());
        return List.copyOf(drawn);
    }

    private static void permute(List<Integer> left, List<Integer> before, List<List<Integer>> all) {
        if (left.isEmpty()) all.add(before);
        for (Integer next : left) {
            List<Integer> longer = new ArrayList<>(before);
            longer.add(next);
            permute(left.stream().filter(i -> !i.equals(next)).toList(), List.copyOf(longer), all);
        }
    }

    private static double[] predictedShares(List<double[]> distributions) {
        double[] shares = new double[distributions.getFirst().length];
        for (double[] distribution : distributions) {
            int predicted = 0;
            for (int v = 1; v < distribution.length; v++) if (distribution[v] > distribution[predicted]) predicted = v;
            shares[predicted] += 1.0 / distributions.size();
        }
        return shares;
    }

    private static double entropy(double[] distribution) {
        double entropy = 0;
        for (double p : distribution) if (p > 0) entropy -= p * Math.log(p);
        return entropy;
    }
}
