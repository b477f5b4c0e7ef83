package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;

/// Draw the outcomes of two systems on the same items.
final class Simulated {
    private Simulated() {}

    /// Return the number of items that only the first, and only the second, has right.
    static int[] discordant(Rng rng, int items, double onlyFirst, double onlySecond) {
        int[] counts = new int[2];
        for (int i = 0; i < items; i++) {
            double draw = rng.nextDouble();
            if (draw < onlyFirst) counts[0]++;
            else if (draw < onlyFirst + onlySecond) counts[1]++;
        }
        return counts;
    }
}
