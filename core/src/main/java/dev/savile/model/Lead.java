package dev.savile.model;

import dev.savile.forest.KeyValues;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import java.util.List;

/// What a technique puts before every row: given keys and values, then virtual tokens.
///
/// A virtual token is an id beyond the vocabulary: the first is `vocabulary`. Forests, caches and prompts treat it
/// as they treat any other token, and [Tuning#virtual] gives its vector, so that rows share a soft prompt as they
/// share any other beginning.
///
/// @param given keys and values, at most one of them today
/// @param ids   virtual tokens
public record Lead(List<KeyValues> given, int[] ids) {
    public static final Lead NONE = new Lead(List.of(), new int[0]);

    public Lead {
        given = List.copyOf(given);
        ids = ids.clone();
    }

    /// Return the ids of the virtual tokens `first` to `first + count - 1` of a model.
    public static int[] virtualIds(ModelSpec spec, int first, int count) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = spec.vocabulary() + first + i;
        return ids;
    }

    public boolean isEmpty() {
        return given.isEmpty() && ids.length == 0;
    }

    /// Number of positions that it takes up.
    public int length() {
        return ids.length + given.stream().mapToInt(KeyValues::length).sum();
    }

    /// Start a tree of a forest with it; return the segment that rows continue.
    public int plant(TokenForest.Builder builder) {
        int parent = Segment.NO_PARENT;
        for (KeyValues keyValues : given) parent = builder.past(parent, keyValues);
        return ids.length == 0 ? parent : builder.ids(parent, ids);
    }
}
