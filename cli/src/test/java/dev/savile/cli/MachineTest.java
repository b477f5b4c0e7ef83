package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void coresThatShareHardwareCountOnce() {
        Cpu cpu = Cpu.of(
                List.of(
                        "model name\t: Example 9000",
                        "physical id\t: 0",
                        "core id\t\t: 0",
                        "flags\t\t: fpu avx2 avx512f avx512_bf16",
                        "physical id\t: 0",
                        "core id\t\t: 0",
                        "physical id\t: 1",
                        "core id\t\t: 0"),
                4);
        assertThat(cpu).isEqualTo(new Cpu("Example 9000", 2, 4, List.of("avx2", "avx512f", "avx512_bf16")));
    }

    @Test
    void versionsAreReadFromTheNamesOfJars() {
        Libraries libraries = Libraries.of(String.join(
                File.pathSeparator,
                "/x/pytorch-2.10.0-1.5.13.jar",
                "/x/pytorch-2.10.0-1.5.13-linux-x86_64.jar",
                "/x/sqlite-jdbc-3.54.1.0.jar",
                "/x/classes"));
        assertThat(libraries.version("pytorch")).contains("2.10.0-1.5.13");
        assertThat(libraries.version("sqlite-jdbc")).contains("3.54.1.0");
        assertThat(libraries.version("classes")).isEmpty();
    }

    @Test
    void onlyTheFirstInterruptAsksForAStop() {
        var stop = new StopSignal();
        var err = new ByteArrayOutputStream();
        var interrupts =
                new Interrupts(stop, new PrintStream(err, true, StandardCharsets.UTF_8), "the checkpoint is written");
        assertThat(interrupts.first()).isTrue();
        assertThat(stop.requested()).isTrue();
        assertThat(interrupts.first()).isFalse();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("the checkpoint is written", "Ctrl-C again");
    }
}
