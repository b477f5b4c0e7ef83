package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now = 7 * SECOND;

    private TerminalProgress progress(boolean terminal, boolean quiet) {
        return new TerminalProgress(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, quiet, 80, () -> now);
    }

    private List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void plainLinesComeAfterTwoSecondsAndThenEveryFive() {
        TerminalProgress progress = progress(false, false);
        try (Progress.Task task = progress.start("training lora", 100, "rows")) {
            for (int second = 1; second <= 10; second++) {
                now += SECOND;
                task.note("loss 0.5");
                task.advance(5);
            }
        }
        assertThat(lines())
                .containsExactly(
                        "training lora 5%, 5/100 rows, 2.5 rows/s, 38 s left, loss 0.5",
                        "training lora 30%, 30/100 rows, 4.3 rows/s, 16 s left, loss 0.5",
                        "training lora: 50 rows in 10 s, 5.0 rows/s, loss 0.5");
    }

    @Test
    void shortTaskSaysNothing() {
        try (Progress.Task task = progress(false, false).start("reading", 10, "rows")) {
            now += SECOND;
            task.advance(10);
        }
        assertThat(lines()).isEmpty();
    }

    @Test
    void workWithoutReportsStillShowsThatItGoesOn() {
        TerminalProgress progress = progress(false, false);
        try (Progress.Task task = progress.start("loading", 0, "MB")) {
            now += 3 * SECOND;
            progress.tick();
            task.advance(0);
        }
        assertThat(lines()).containsExactly("loading, 3.0 s", "loading: 3.0 s");
    }

    @Test
    void outerTasksShrinkToTheirShare() {
        TerminalProgress progress = progress(false, false);
        try (Progress.Task race = progress.start("select", 4, "arms")) {
            race.advance(1);
            try (Progress.Task inner = progress.start("lora", 10, "rows")) {
                now += 2 * SECOND;
                inner.advance(4);
            }
        }
        assertThat(lines()).first().isEqualTo("select 25% > lora 40%, 4/10 rows, 2.0 rows/s, 3.0 s left");
    }

    @Test
    void terminalShowsOneLineThatChanges() {
        TerminalProgress progress = progress(true, false);
        try (Progress.Task task = progress.start("reading", 10, "rows")) {
            now += SECOND;
            task.advance(5);
            progress.say("a line that stays");
        }
        progress.finish();
        String drawn = bytes.toString(StandardCharsets.UTF_8);
        assertThat(drawn).contains("\r\u001b[Kreading ██████████░░░░░░░░░░ 50%, 5/10 rows");
        assertThat(drawn).endsWith("\r\u001b[Ka line that stays" + System.lineSeparator());
    }

    @Test
    void warningsAreCountedAndRepeatedAtTheEnd() {
        TerminalProgress progress = progress(false, true);
        progress.warn("row cut");
        progress.warn("no label");
        progress.warn("row cut");
        progress.say("not shown");
        assertThat(lines()).isEmpty();
        progress.finish();
        assertThat(lines()).containsExactly("3 warnings:", "  row cut (2 times)", "  no label");
    }
}
