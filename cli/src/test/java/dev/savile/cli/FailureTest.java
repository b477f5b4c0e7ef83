package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Env;
import dev.savile.common.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureTest {
    @TempDir
    Path home;

    private Failure of(Throwable thrown) {
        return Failure.of(
                thrown, new Env(Map.of("SAVILE_HOME", home.toString())), Clock.fixed(Command.NOW, ZoneOffset.UTC));
    }

    @Test
    void kindOfAUserErrorDecidesTheExitStatus() {
        assertThat(of(new UserError("a.b", "what", "why", "fix")))
                .isEqualTo(new Failure("a.b", "what", "why", "fix", 2));
        assertThat(of(UserError.notFound("a.b", "w", "y", "f")).exitCode()).isEqualTo(3);
        assertThat(of(UserError.resource("a.b", "w", "y", "f")).exitCode()).isEqualTo(4);
    }

    @Test
    void exhaustedMemoryIsAResource() {
        Failure failure = of(new OutOfMemoryError("Java heap space"));
        assertThat(failure.code()).isEqualTo("memory.exhausted");
        assertThat(failure.exitCode()).isEqualTo(4);
    }

    @Test
    void missingNativeLibraryIsAResource() {
        assertThat(of(new UnsatisfiedLinkError("no jnitorch in java.library.path")))
                .extracting(Failure::code, Failure::exitCode)
                .containsExactly("native.load", 4);
    }

    @Test
    void anythingElseLeavesItsTraceInAFile() throws IOException {
        Failure failure = of(new IllegalStateException("the forest has a cycle\nsecond line"));
        assertThat(failure.code()).isEqualTo("internal.bug");
        assertThat(failure.exitCode()).isEqualTo(5);
        assertThat(failure.what()).isEqualTo("IllegalStateException: the forest has a cycle");
        try (var files = Files.list(home.resolve("logs"))) {
            List<Path> traces = files.toList();
            assertThat(traces).hasSize(1);
            assertThat(failure.fix()).contains(traces.getFirst().toString());
            assertThat(Files.readString(traces.getFirst())).contains("second line", "FailureTest");
        }
    }

    @Test
    void coloursAppearOnlyWhereAskedFor() {
        assertThat(printed(true)).contains("\u001b[");
        assertThat(printed(false))
                .isEqualTo("error: what" + System.lineSeparator() + "  why:  why"
                        + System.lineSeparator() + "  fix:  fix" + System.lineSeparator() + "  code: a.b"
                        + System.lineSeparator());
    }

    private static String printed(boolean colour) {
        var err = new ByteArrayOutputStream();
        var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        FailurePrinter.print(new Failure("a.b", "what", "why", "fix", 2), stream, stream, false, colour);
        return err.toString(StandardCharsets.UTF_8);
    }
}
