package dev.savile.common;

import java.util.concurrent.atomic.AtomicBoolean;

/// Ask long work to stop at its next safe point. Set by Ctrl-C or a deadline, read between steps.
public final class StopSignal {
    private final AtomicBoolean requested = new AtomicBoolean();

    public void request() {
        requested.set(true);
    }

    public boolean requested() {
        return requested.get();
    }
}
