package dev.savile.train;

import dev.savile.common.UserError;

/// Change the learning rate over the steps of a run: a linear warm-up from 0, then a shape.
///
/// @param shape       what follows the warm-up
/// @param warmupShare share of all steps that the warm-up takes, 0 to 1
public record Schedule(Shape shape, double warmupShare) {
    public enum Shape {
        CONSTANT,
        /// Straight down to 0.
        LINEAR,
        /// Half a cosine down to 0.
        COSINE
    }

    public Schedule {
        if (!(warmupShare >= 0 && warmupShare < 1))
            throw new UserError(
                    "train.warmup-share",
                    "the warm-up must take a share from 0 to below 1, got " + warmupShare,
                    "the learning rate rises from 0 during it",
                    "use 0.03");
    }

    /// Return the factor on the learning rate.
    ///
    /// @param step  0 for the first
    /// @param total number of steps of the run
    public double factor(long step, long total) {
        return factor(step, Math.round(warmupShare * total), total);
    }

    double factor(long step, long warmup, long total) {
        if (step < warmup) return (double) step / warmup;
        double done = total <= warmup ? 0 : Math.min(1, (double) (step - warmup) / (total - warmup));
        return switch (shape) {
            case CONSTANT -> 1;
            case LINEAR -> 1 - done;
            case COSINE -> 0.5 * (1 + Math.cos(Math.PI * done));
        };
    }
}
