package dev.savile.select;

import java.util.function.LongSupplier;

/// Keep the time of a race: what was given, what is spent, what is left.
public final class Budget {
    private final double seconds;
    private final LongSupplier nanoClock;
    private final long started;

    /// @param nanoClock a clock that only rises, in nanoseconds
    public Budget(double seconds, LongSupplier nanoClock) {
        this.seconds = seconds;
        this.nanoClock = nanoClock;
        this.started = nanoClock.getAsLong();
    }

    public double seconds() {
        return seconds;
    }

    public double spent() {
        return (nanoClock.getAsLong() - started) / 1e9;
    }

    public double left() {
        return seconds - spent();
    }
}
