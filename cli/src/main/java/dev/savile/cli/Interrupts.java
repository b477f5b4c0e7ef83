package dev.savile.cli;

import dev.savile.common.StopSignal;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;

/// Let the first Ctrl-C (or SIGTERM) ask for a stop at the next safe point, and the second one end the process at
/// once.
///
/// Verbs whose work watches the [StopSignal] call [#watch(Console, String)]; for all others the JVM's own way
/// stays, which ends the process at the first.
final class Interrupts {
    private final StopSignal stop;
    private final PrintStream err;
    private final String consequence;

    Interrupts(StopSignal stop, PrintStream err, String consequence) {
        this.stop = stop;
        this.err = err;
        this.consequence = consequence;
    }

    /// Begin to watch.
    ///
    /// @param consequence what the first Ctrl-C does, as a clause: "the checkpoint is written and the work kept"
    static void watch(Console console, String consequence) {
        var interrupts = new Interrupts(console.stop(), console.err(), consequence);
        Map<String, Integer> signals = new TreeMap<>(Map.of("INT", ExitCode.STOPPED, "TERM", 143));
        signals.forEach((name, code) -> handle(name, () -> {
            if (!interrupts.first()) Runtime.getRuntime().halt(code);
        }));
    }

    /// Record a signal; returns whether it was the first.
    boolean first() {
        if (stop.requested()) return false;
        stop.request();
        err.println();
        err.println("stopping at the next safe point: " + consequence + ". Press Ctrl-C again to stop at once.");
        return true;
    }

    /// The JVM has no other way to hear a signal without ending, and the class behind it cannot be named without a
    /// warning of the compiler.
    private static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> answer(self, method, arguments, action));
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (InvocationTargetException | IllegalArgumentException e) {
            // The signal belongs to the JVM (-Xrs) or is unknown here: Ctrl-C then ends the process at once.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM cannot watch signals", e);
        }
    }

    private static Object answer(Object self, Method method, Object[] arguments, Runnable action) {
        return switch (method.getName()) {
            case "equals" -> System.identityHashCode(self) == System.identityHashCode(arguments[0]);
            case "hashCode" -> System.identityHashCode(self);
            case "toString" -> "interrupts";
            default -> {
                action.run();
                yield true; // the handler's method returns nothing
            }
        };
    }
}
