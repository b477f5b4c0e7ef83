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
    void aDamagedFileIsMeasuredAgain() throws Exception {
        start(0);
        Files.writeString(home.resolve("machine.json"), "{\"cpu\":");
        assertThat(start(0).threads()).isEqualTo(2);
        assertThat(measurements).isEqualTo(2);
    }
}
