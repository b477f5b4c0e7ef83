package dev.savile.generate.constrain;

import java.util.ArrayList;
import java.util.List;

/// Write a set of characters as sequences of ranges of bytes.
///
/// A range of code points is cut until all the characters of a piece are as long as each other and every byte of
/// them runs through a range of its own, whatever the bytes before it: U+0800 to U+FFFF without surrogates, for
/// example, is `E0 A0..BF 80..BF`, `E1..EC 80..BF 80..BF`, `ED 80..9F 80..BF` and `EE..EF 80..BF 80..BF`.
final class Utf8Ranges {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF};
    private static final int TAIL_BITS = 6;

    private Utf8Ranges() {}

    /// Return the sequences; each holds the first and the last byte of its places, by turns.
    static List<int[]> of(CodePoints set) {
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < set.ranges(); i++) add(set.first(i), set.last(i), sequences);
        return sequences;
    }

    private static void add(int first, int last, List<int[]> sequences) {
        for (int limit : LAST_OF_LENGTH)
            if (first <= limit && limit < last) {
                split(first, limit, last, sequences);
                return;
            }
        int length = length(first);
        for (int tail = 1; tail < length; tail++) {
            int mask = (1 << (TAIL_BITS * tail)) - 1;
            if ((first & ~mask) == (last & ~mask)) continue; // the bytes before these are the same throughout
            if ((first & mask) != 0) {
                split(first, first | mask, last, sequences);
                return;
            }
            if ((last & mask) != mask) {
                split(first, (last & ~mask) - 1, last, sequences);
                return;
            }
        }
        int[] bytes = new int[2 * length];
        for (int place = 0; place < length; place++) {
            bytes[2 * place] = byteOf(first, place, length);
            bytes[2 * place + 1] = byteOf(last, place, length);
        }
        sequences.add(bytes);
    }

    private static void split(int first, int endOfLower, int last, List<int[]> sequences) {
        add(first, endOfLower, sequences);
        add(endOfLower + 1, last, sequences);
    }

    private static int length(int point) {
        int length = 1;
        for (int limit : LAST_OF_LENGTH) if (point > limit) length++;
        return length;
    }

    private static int byteOf(int point, int place, int length) {
        int bits = point >> (TAIL_BITS * (length - 1 - place));
        if (place > 0) return 0x80 | (bits & 0x3F);
        return length == 1 ? bits : bits | ((0xFF << (8 - length)) & 0xFF);
    }
}
