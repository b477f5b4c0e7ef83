package dev.savile.common;

import java.util.ArrayList;
import java.util.List;

/// Take some entries from all over a list: files are often sorted by label, so their first rows are no sample.
public final class Evenly {
    private Evenly() {}

    /// Return at most so many entries, evenly spaced, in their order.
    public static <T> List<T> of(List<T> all, int count) {
        if (count >= all.size()) return all;
        List<T> some = new ArrayList<>();
        for (int i = 0; i < count; i++) some.add(all.get((int) ((long) i * all.size() / count)));
        return some;
    }
}
