package dev.savile.generate.constrain;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// A set of characters, as ranges of code points in rising order that neither overlap nor touch.
///
/// Halves of surrogate pairs are no characters: UTF-8 has no bytes for them, and they are in no set.
final class CodePoints {
    static final CodePoints ALL = of(0, Character.MAX_CODE_POINT);

    private final int[] bounds; // first, last, first, last, ...

    private CodePoints(int[] bounds) {
        this.bounds = bounds;
    }

    /// Make a set of ranges in any order.
    ///
    /// @param bounds first and last code point of each range, by turns
    static CodePoints of(int... bounds) {
        long[] ranges = new long[bounds.length / 2];
        for (int i = 0; i < ranges.length; i++) ranges[i] = ((long) bounds[2 * i] << 32) | bounds[2 * i + 1];
        Arrays.sort(ranges);
        int[] merged = new int[bounds.length];
        int size = 0;
        for (long range : ranges) {
            int first = (int) (range >>> 32);
            int last = (int) range;
            if (size > 0 && first <= merged[size - 1] + 1) merged[size - 1] = Math.max(merged[size - 1], last);
            else {
                merged[size++] = first;
                merged[size++] = last;
            }
        }
        return new CodePoints(withoutSurrogates(merged, size));
    }

    /// Make the set of the characters for which something holds.
    static CodePoints where(IntPredicate holds) {
        int[] bounds = new int[64];
        int size = 0;
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (!holds.test(point)) continue;
            int first = point;
            while (point < Character.MAX_CODE_POINT && holds.test(point + 1)) point++;
            if (size == bounds.length) bounds = Arrays.copyOf(bounds, 2 * size);
            bounds[size++] = first;
            bounds[size++] = point;
        }
        return of(Arrays.copyOf(bounds, size));
    }

    private static int[] withoutSurrogates(int[] bounds, int size) {
        int[] kept = new int[size + 2];
        int count = 0;
        for (int i = 0; i < size; i += 2) {
            if (bounds[i] < Character.MIN_SURROGATE) {
                kept[count++] = bounds[i];
                kept[count++] = Math.min(bounds[i + 1], Character.MIN_SURROGATE - 1);
            }
            if (bounds[i + 1] > Character.MAX_SURROGATE) {
                kept[count++] = Math.max(bounds[i], Character.MAX_SURROGATE + 1);
                kept[count++] = bounds[i + 1];
            }
        }
        return Arrays.copyOf(kept, count);
    }

    CodePoints union(CodePoints other) {
        int[] both = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
        System.arraycopy(other.bounds, 0, both, bounds.length, other.bounds.length);
        return of(both);
    }

    CodePoints complement() {
        int[] gaps = new int[bounds.length + 2];
        int size = 0;
        int next = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] > next) {
                gaps[size++] = next;
                gaps[size++] = bounds[i] - 1;
            }
            next = bounds[i + 1] + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps[size++] = next;
            gaps[size++] = Character.MAX_CODE_POINT;
        }
        return of(Arrays.copyOf(gaps, size));
    }

    CodePoints minus(CodePoints other) {
        return complement().union(other).complement();
    }

    boolean contains(int point) {
        for (int i = 0; i < bounds.length; i += 2) if (point >= bounds[i] && point <= bounds[i + 1]) return true;
        return false;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    /// Tell whether it holds one character alone.
    boolean single() {
        return bounds.length == 2 && bounds[0] == bounds[1];
    }

    /// Number of ranges.
    int ranges() {
        return bounds.length / 2;
    }

    int first(int range) {
        return bounds[2 * range];
    }

    int last(int range) {
        return bounds[2 * range + 1];
    }
}
