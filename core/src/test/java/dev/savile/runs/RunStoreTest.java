package dev.savile.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStoreTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.5Z");
    private static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);

    @TempDir
    Path home;

    @Test
    void finishedRunIsKeptWithEventsAndResult() {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            Run run = store.start("tune", "lora on intents", Map.of("rank", 8));
            for (int step = 1; step <= 5; step++) run.event("step", values("step", step, "loss", 1.0 / step));
            run.event("checkpoint", Map.of("folder", "step-5"));
            run.finish(Map.of("loss", 0.2));
        }
        try (RunStore store = RunStore.open(home, CLOCK)) {
            RunRecord run = store.list(10).getFirst();
            assertThat(run.id()).isEqualTo("20260301-120000-8000");
            assertThat(run.state()).isEqualTo(RunState.FINISHED);
            assertThat(run.started()).isEqualTo(NOON);
            assertThat(run.finished()).isEqualTo(NOON);
            assertThat(run.config().get("rank").asInt()).isEqualTo(8);
            assertThat(run.result()).isNotNull();
            assertThat(run.error()).isNull();
            List<RunEvent> events = store.events(run.id());
            assertThat(events).hasSize(6);
            assertThat(events.getLast().kind()).isEqualTo("checkpoint");
            assertThat(events.stream().map(RunEvent::sequence).toList()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
            assertThat(store.series(run.id(), "step", "loss")).containsExactly(1, 0.5, 1 / 3.0, 0.25, 0.2);
        }
    }

    @Test
    void failedRunKeepsTheErrorInItsFourParts() {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            store.start("tune", "a", Map.of())
                    .fail(new UserError("data.column", "no column x", "it is needed", "use y"));
            store.start("tune", "b", Map.of()).fail(new IllegalStateException("broken"));
            RunRecord ours = store.list(10).getFirst();
            RunRecord theirs = store.list(10).getLast();
            assertThat(theirs.state()).isEqualTo(RunState.FAILED);
            assertThat(String.valueOf(theirs.error()))
                    .isEqualTo("{\"code\":\"data.column\",\"what\":\"no column x\",\"why\":\"it is needed\","
                            + "\"fix\":\"use y\"}");
            assertThat(String.valueOf(ours.error())).contains("\"internal\"").contains("RunStoreTest");
        }
    }

    @Test
    void idsSortAsTheRunsStarted() {
        List<String> ids = new ArrayList<>();
        try (RunStore store = RunStore.open(home, CLOCK)) {
            for (int i = 0; i < 20; i++)
                ids.add(store.start("eval", "run " + i, Map.of()).id());
        }
        try (RunStore store = RunStore.open(home, Clock.offset(CLOCK, Duration.ofMillis(1)))) {
            ids.add(store.start("eval", "later", Map.of()).id());
            assertThat(ids).isSorted().doesNotHaveDuplicates();
            assertThat(store.list(5)).hasSize(5);
            assertThat(store.list(5).getFirst().name()).isEqualTo("later");
        }
    }

    @Test
    void prefixFindsTheOneRunItBegins() {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            String first = store.start("eval", "a", Map.of()).id();
            String second = store.start("eval", "b", Map.of()).id();
            assertThat(store.find(first).name()).isEqualTo("a");
            assertThat(store.find(second).name()).isEqualTo("b");
            assertThatThrownBy(() -> store.find("20260301")).satisfies(e -> code(e, "runs.ambiguous"));
            assertThatThrownBy(() -> store.find("")).satisfies(e -> code(e, "runs.unknown"));
            assertThatThrownBy(() -> store.find("%")).satisfies(e -> code(e, "runs.unknown"));
            assertThatThrownBy(() -> store.find("20260301-120000-8x00"))
                    .satisfies(e -> assertThat(((UserError) e).fix()).contains("did you mean " + first));
        }
    }

    @Test
    void removedRunTakesItsEventsAlong() throws SQLException {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            Run run = store.start("tune", "a", Map.of());
            run.event("step", Map.of("loss", 1));
            assertThatThrownBy(() -> store.remove(run.id())).satisfies(e -> code(e, "runs.running"));
            run.interrupted();
            store.remove(run.id());
            assertThat(store.list(10)).isEmpty();
            assertThatThrownBy(() -> store.events(run.id())).satisfies(e -> code(e, "runs.unknown"));
        }
        try (Connection direct = DriverManager.getConnection("jdbc:sqlite:" + home.resolve("runs.db"));
                Statement statement = direct.createStatement();
                var rows = statement.executeQuery("select count(*) from events")) {
            assertThat(rows.getInt(1)).isZero();
        }
    }

    @Test
    void runEndsOnlyOnce() {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            Run run = store.start("tune", "a", Map.of());
            run.finish(Map.of());
            run.close();
            assertThat(store.find(run.id()).state()).isEqualTo(RunState.FINISHED);
            assertThatThrownBy(() -> run.fail(new IllegalStateException())).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> run.event("step", Map.of())).hasMessageContaining("has ended");
            try (Run left = store.start("tune", "b", Map.of())) {
                assertThat(store.find(left.id()).state()).isEqualTo(RunState.RUNNING);
            }
            assertThat(store.list(1).getFirst().state()).isEqualTo(RunState.INTERRUPTED);
        }
    }

    @Test
    void eventsReachTheDiskWithoutBeingAskedFor() {
        try (RunStore writer = RunStore.open(home, CLOCK);
                RunStore reader = RunStore.open(home, CLOCK)) {
            Run run = writer.start("tune", "a", Map.of());
            run.event("step", Map.of("loss", 0.5));
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (reader.events(run.id()).isEmpty() && System.nanoTime() < deadline) LockSupport.parkNanos(20_000_000);
            assertThat(reader.events(run.id())).hasSize(1);
        }
    }

    @Test
    void killedProcessLosesAtMostASecondAndIsListedAsInterrupted() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledWriter.class.getName(),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String id = "";
        int aSecondOld = 0;
        try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
            while (aSecondOld < 300) {
                String line = lines.readLine();
                assertThat(line).as("the writer ended early").isNotNull();
                int blank = line.indexOf(' ');
                id = line.substring(0, blank);
                aSecondOld = Integer.parseInt(line.substring(blank + 1));
            }
            child.destroyForcibly();
            assertThat(child.waitFor()).isNotZero();
        }
        try (RunStore store = RunStore.open(home, CLOCK)) {
            List<RunEvent> events = store.events(id);
            assertThat(events).hasSizeGreaterThanOrEqualTo(aSecondOld);
            for (int i = 0; i < events.size(); i++)
                assertThat(events.get(i).sequence()).isEqualTo(i + 1L);
            assertThat(store.find(id).state()).isEqualTo(RunState.INTERRUPTED);
            assertThat(store.find(id).finished()).isNull();
        }
    }

    @Test
    void pidGivenToAnotherProcessIsNotMistakenForTheRun() {
        ProcessMark self = ProcessMark.current();
        assertThat(self.alive()).isTrue();
        assertThat(new ProcessMark(self.pid(), self.startedMillis() - 60_000).alive())
                .isFalse();
    }

    @Test
    void severalWritersShareTheStore() {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int writer = 0; writer < 4; writer++) {
            String name = "writer " + writer;
            writers.add(CompletableFuture.runAsync(() -> {
                try (RunStore store = RunStore.open(home, Clock.systemUTC())) {
                    Run run = store.start("tune", name, Map.of());
                    for (int step = 0; step < 2_500; step++) run.event("step", values("step", step, "loss", 1.0));
                    run.finish(Map.of());
                }
            }));
        }
        writers.forEach(CompletableFuture::join);
        try (RunStore store = RunStore.open(home, CLOCK)) {
            assertThat(store.list(10)).hasSize(4);
            for (RunRecord run : store.list(10))
                assertThat(store.events(run.id())).hasSize(2_500);
        }
    }

    @Test
    void damagedDatabaseIsReportedWithTheWayOut() throws IOException {
        Files.writeString(
                home.resolve("runs.db"), "this is no database, but it is long enough to look like one. ".repeat(40));
        assertThatThrownBy(() -> RunStore.open(home, CLOCK)).satisfies(e -> {
            code(e, "runs.corrupt");
            assertThat(((UserError) e).fix()).contains("rename " + home.resolve("runs.db"));
        });
    }

    @Test
    void truncatedDatabaseIsReportedTooAndNeverAsABug() throws IOException {
        try (RunStore store = RunStore.open(home, CLOCK)) {
            Run run = store.start("tune", "a", Map.of());
            for (int step = 0; step < 3_000; step++) run.event("step", values("step", step, "loss", 0.1));
            run.finish(Map.of());
        }
        Path file = home.resolve("runs.db");
        byte[] bytes = Files.readAllBytes(file);
        for (int page = 4; page < bytes.length / 4096; page++)
            for (int i = 0; i < 4096; i++) bytes[page * 4096 + i] = (byte) 0xA5;
        Files.write(file, bytes);
        try (RunStore store = RunStore.open(home, CLOCK)) {
            String id = store.list(1).getFirst().id();
            assertThatThrownBy(() -> store.events(id)).satisfies(e -> code(e, "runs.corrupt"));
        }
    }

    @Test
    void laterFormatIsRefusedUntouched() throws SQLException {
        RunStore.open(home, CLOCK).close();
        try (Connection direct = DriverManager.getConnection("jdbc:sqlite:" + home.resolve("runs.db"));
                Statement statement = direct.createStatement()) {
            assertThat(statement.executeUpdate("pragma user_version = 9")).isZero();
        }
        assertThatThrownBy(() -> RunStore.open(home, CLOCK)).satisfies(e -> code(e, "runs.newer"));
    }

    @Test
    void homeThatCannotBeMadeIsAWriteError() throws IOException {
        Path file = Files.writeString(home.resolve("file"), "in the way");
        assertThatThrownBy(() -> RunStore.open(file.resolve("home"), CLOCK)).satisfies(e -> {
            code(e, "disk.write");
            assertThat(((UserError) e).kind()).isEqualTo(UserError.Kind.RESOURCE);
        });
    }

    @Test
    void folderWithoutWritePermissionIsAWriteError() throws IOException {
        Path folder = Files.createDirectory(home.resolve("closed"));
        assertThat(folder.toFile().setWritable(false)).isTrue();
        Assumptions.assumeFalse(Files.isWritable(folder), "needs a user who cannot write everywhere");
        assertThatThrownBy(() -> RunStore.open(folder, CLOCK)).satisfies(e -> code(e, "disk.write"));
        assertThat(Files.exists(folder.resolve("runs.db"))).isFalse();
    }

    private static void code(Throwable error, String code) {
        assertThat(error).isInstanceOf(UserError.class);
        assertThat(((UserError) error).code()).isEqualTo(code);
    }

    private static Map<String, Object> values(String first, Object one, String second, Object two) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(first, one);
        values.put(second, two);
        return values;
    }
}
