package dev.savile.engine;

/// Report an error of libtorch by its first line; the C++ frames below it stay in the cause.
public final class TorchError extends RuntimeException {
    private final boolean outOfMemory;

    private TorchError(String message, boolean outOfMemory, Throwable cause) {
        super(message, cause);
        this.outOfMemory = outOfMemory;
    }

    /// Tell whether memory of the host or the device ran out.
    public boolean outOfMemory() {
        return outOfMemory;
    }

    /// Wrap what comes from native code; return anything else as it is.
    static RuntimeException translate(RuntimeException e) {
        String message = e.getMessage();
        if (e instanceof TorchError || e.getClass() != RuntimeException.class || message == null) return e;
        String first = message.lines().findFirst().orElse(message);
        boolean memory = first.contains("can't allocate memory")
                || first.contains("out of memory")
                || first.contains("not enough memory");
        return new TorchError(first, memory, e);
    }
}
