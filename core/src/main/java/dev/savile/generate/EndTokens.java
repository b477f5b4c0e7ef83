package dev.savile.generate;

import java.util.Arrays;
import java.util.List;

/// List the tokens by which a model ends an answer.
///
/// @param ids in rising order, without repeats, whatever order was given
public record EndTokens(List<Integer> ids) {
    /// No token ends an answer.
    public static final EndTokens NONE = new EndTokens(List.of());

    public EndTokens {
        ids = ids.stream().distinct().sorted().toList();
    }

    public static EndTokens of(int... ids) {
        return new EndTokens(Arrays.stream(ids).boxed().toList());
    }

    public boolean contains(int id) {
        return ids.contains(id);
    }
}
