package dev.savile.data;

import java.util.Arrays;

/// Cut a normalised text into its overlapping runs, each as a 64-bit hash: sorted, without repeats.
///
/// Among the 10^7 runs of a large data set two different ones share a hash with a probability below 10^-5.
final class Shingles {
    private static final long[] NONE = {};

    private Shingles() {}

    static long[] ofCharacters(String text, int length) {
        int count = text.length() - length + 1;
        if (count < 1) return NONE;
        long[] runs = new long[count];
        for (int i = 0; i < count; i++) {
            long hash = 1;
            for (int k = i; k < i + length; k++) hash = mix(hash, text.charAt(k));
            runs[i] = hash;
        }
        return distinct(runs);
    }

    /// @param words hashes of the words, in order
    static long[] ofWords(long[] words, int length) {
        int count = words.length - length + 1;
        if (count < 1) return NONE;
        long[] runs = new long[count];
        for (int i = 0; i < count; i++) {
            long hash = 2;
            for (int k = i; k < i + length; k++) hash = mix(hash, words[k]);
            runs[i] = hash;
        }
        return distinct(runs);
    }

    /// Hash the words of a text that are parted by single spaces.
    static long[] words(String text) {
        if (text.isEmpty()) return NONE;
        long[] words = new long[1 + (int) text.chars().filter(c -> c == ' ').count()];
        int word = 0;
        long hash = 3;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != ' ') {
                hash = mix(hash, text.charAt(i));
            } else {
                words[word++] = hash;
                hash = 3;
            }
        }
        words[word] = hash;
        return words;
    }

    private static long[] distinct(long[] runs) {
        Arrays.sort(runs);
        int count = 0;
        for (int i = 0; i < runs.length; i++) if (i == 0 || runs[i] != runs[i - 1]) runs[count++] = runs[i];
        return Arrays.copyOf(runs, count);
    }

    private static long mix(long hash, long next) {
        long a = (hash ^ next) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 29)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 32);
    }
}
