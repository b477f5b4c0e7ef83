package dev.savile.runs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// Write events without end, and say how many a second has passed since. Run as a process of its own, to be
/// killed.
final class KilledWriter {
    private KilledWriter() {}

    public static void main(String[] arguments) {
        RunStore store = RunStore.open(Path.of(arguments[0]), Clock.systemUTC());
        Run run = store.start("tune", "lora", Map.of("rank", 8));
        long[] times = new long[1_000_000];
        int written = 0;
        int aSecondOld = 0;
        while (written < times.length) {
            times[written++] = System.nanoTime();
            run.event("step", Map.of("loss", 1.0 / written));
            int before = aSecondOld;
            while (System.nanoTime() - times[aSecondOld] > 1_000_000_000L && aSecondOld < written - 1) aSecondOld++;
            if (aSecondOld > before) {
                byte[] line = (run.id() + " " + aSecondOld + "\n").getBytes(StandardCharsets.UTF_8);
                System.out.write(line, 0, line.length);
                System.out.flush();
            }
            LockSupport.parkNanos(200_000); // about the pace of very quick steps
        }
    }
}
