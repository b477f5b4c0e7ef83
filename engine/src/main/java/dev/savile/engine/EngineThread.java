package dev.savile.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Run all tensor work of the process on one platform thread.
///
/// libtorch keeps grad mode and other state in native thread-locals, which virtual threads would carry from task
/// to task. What a piece of work needs is passed to it as arguments; a caller's scoped values are not visible
/// here.
public final class EngineThread {
    private static final long STACK_BYTES = 64L << 20; // autograd recurses deeply when a long graph is freed

    private static final long SHUTDOWN_NANOS = 500_000_000;
    private static final int STOPPED_EXIT = 130;

    private static volatile boolean busy;

    private static final class Holder {
        static {
            // Leaving the JVM runs the destructors of native libraries; under a thread that still computes they would
            // crash.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                long deadline = System.nanoTime() + SHUTDOWN_NANOS;
                while (busy && System.nanoTime() < deadline) Thread.onSpinWait();
                if (busy) Runtime.getRuntime().halt(STOPPED_EXIT);
            }));
        }

        static final ExecutorService EXECUTOR = Executors.newSingleThreadExecutor(work -> {
            var thread = new Thread(null, work, "savile-engine", STACK_BYTES);
            thread.setDaemon(true);
            return thread;
        });
    }

    private EngineThread() {}

    /// Run the work on the engine's thread and wait for its result. Work that is already there runs at once.
    ///
    /// @throws TorchError when libtorch refuses
    public static <T> T call(Callable<T> work) {
        if (Thread.currentThread().getName().equals("savile-engine")) return direct(work);
        try {
            return Holder.EXECUTOR.submit(() -> marked(work)).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            if (e.getCause() instanceof Error cause) throw cause;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the engine", e);
        }
    }

    /// Run the work on the engine's thread and wait for its end.
    public static void run(Runnable work) {
        call(() -> {
            work.run();
            return Boolean.TRUE;
        });
    }

    private static <T> T marked(Callable<T> work) {
        busy = true;
        try {
            return direct(work);
        } finally {
            busy = false;
        }
    }

    private static <T> T direct(Callable<T> work) {
        try {
            return work.call();
        } catch (RuntimeException e) {
            throw TorchError.translate(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
