package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    private static final String CPU = "Example 9000, 2 cores";

    @TempDir
    Path home;

    private int measurements;

    private Machine start(double load) {
        return Machine.of(home, CPU, load, () -> {
            measurements++;
            return new Machine(CPU, Machine.LIBRARY, "fp32", load > 1 ? 1 : 2, List.of(), load);
        });
    }

    @Test
    void aQuietComputerIsMeasuredOnce() {
        assertThat(start(0.1).threads()).isEqualTo(2);
        assertThat(start(1.7).threads()).isEqualTo(2);
        assertThat(measurements).isOne();
    }

    @Test
    void whatWasMeasuredBesideOtherWorkHoldsUntilTheComputerIsQuiet() {
        assertThat(start(1.5).threads()).isOne();
        assertThat(start(1.5).threads()).isOne();
        assertThat(measurements).isOne();
        assertThat(start(0.1).threads()).isEqualTo(2);
        assertThat(start(1.5).threads()).isEqualTo(2);
        assertThat(measurements).isEqualTo(2);
    }

    @Test
    void besideOtherWorkAllThreadsAreUsedUnlessFewerAreFarFaster() {
        List<Machine.Timing> timings = List.of(
                new Machine.Timing("fp32", 1, 58.8),
                new Machine.Timing("bf16", 1, 7.9),
                new Machine.Timing("fp32", 2, 52.7),
                new Machine.Timing("bf16", 2, 8.7));
        assertThat(Machine.threads(timings, "fp32", 0.1)).isOne();
        assertThat(Machine.threads(timings, "fp32", 1.6)).isEqualTo(2);
        assertThat(Machine.threads(timings, "bf16", 0.1)).isEqualTo(2);
        List<Machine.Timing> far = List.of(new Machine.Timing("fp32", 1, 90), new Machine.Timing("fp32", 2, 40));
        assertThat(Machine.threads(far, "fp32", 1.6)).isOne();
    }

    @Test
    void aDamagedFileIsMeasuredAgain() throws Exception {
        start(0);
        Files.writeString(home.resolve("machine.json"), "{\"cpu\":");
        assertThat(start(0).threads()).isEqualTo(2);
        assertThat(measurements).isEqualTo(2);
    }
}
