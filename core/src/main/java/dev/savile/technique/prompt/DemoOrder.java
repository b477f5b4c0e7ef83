package dev.savile.technique.prompt;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.List;

/// In which order the chosen examples stand in the prompt.
///
/// An order that [EntropyProbe] found is written down as such: the examples in that order, under the strategy
/// [DemoStrategy#FIXED].
public enum DemoOrder {
    /// The best fitting example first.
    AS_SELECTED("as_selected"),
    /// The best fitting example last, next to the message.
    REVERSE("reverse"),
    /// Neighbours differ in their label wherever that is possible; well fitting examples towards the message.
    INTERLEAVE("interleave"),
    /// Drawn by the seed, the same for every message.
    RANDOM("random");

    private final String id;

    DemoOrder(String id) {
        this.id = id;
    }

    /// The name in files and options.
    public String id() {
        return id;
    }

    /// @throws UserError `prompt.order` naming the ones there are
    public static DemoOrder of(String id) {
        for (DemoOrder order : values()) if (order.id.equals(id)) return order;
        List<String> known = Arrays.stream(values()).map(DemoOrder::id).toList();
        throw new UserError(
                "prompt.order",
                "'" + id + "' is no order of examples",
                "the order alone can decide how well examples work",
                Nearest.hint(id, known) + "known are: " + String.join(", ", known));
    }
    ;

    /// Examples that are listed keep the order of the list; of others the best fitting stands next to the message.
    public static DemoOrder usual(DemoStrategy strategy) {
        return strategy == DemoStrategy.FIXED ? AS_SELECTED : REVERSE;
    }
}
