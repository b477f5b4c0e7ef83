package dev.savile.text.jinja;

/// Count what one rendering has used up of its [Limits].
final class Budget {
    private static final int UNITS_PER_STEP = 16;

    private final Limits limits;
    private long steps;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        spend(1);
    }

    /// Account for a text or list of this size before it is made.
    void make(long size) {
        check(size);
        spend(size / UNITS_PER_STEP);
    }

    /// Refuse a text or list of this size, without counting it as work.
    void check(long size) {
        if (size > limits.outputChars())
            throw Fault.limit(
                    "a value of " + size + " characters or elements (the limit is " + limits.outputChars() + ")");
    }

    void enter() {
        if (++depth > limits.depth()) throw Fault.limit("nesting of more than " + limits.depth() + " levels");
    }

    void leave() {
        depth--;
    }

    private void spend(long units) {
        steps += units;
        if (steps > limits.steps()) throw Fault.limit("more than " + limits.steps() + " steps");
    }
}
