package dev.savile.bench;

import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Start the programs that a benchmark compares, each in a process of its own, so that memory is told apart.
final class Processes {
    /// What Savile's launcher sets. Peers run without it, as their users start them.
    private static final List<String> LAUNCHER_SETTINGS = List.of(
            "OPENBLAS_NUM_THREADS",
            "MKL_THREADING_LAYER",
            "MKL_CBWR",
            "GOMP_SPINCOUNT",
            "MALLOC_MMAP_THRESHOLD_",
            "MALLOC_TRIM_THRESHOLD_",
            "MALLOC_TOP_PAD_",
            "MALLOC_ARENA_MAX");

    private Processes() {}

    static Path root() {
        return Path.of(System.getProperty("savile.root", ".")).toAbsolutePath().normalize();
    }

    static Path shared() {
        Path shared = root().resolve("../shared").normalize();
        if (!Files.isDirectory(shared))
            throw UserError.notFound(
                    "bench.shared",
                    "there is no " + shared,
                    "data and peers' scripts lie there",
                    "put the folder beside the repository");
        return shared;
    }

    /// The Python with the peers in it.
    static Optional<String> peersPython() {
        return python("SAVILE_PEERS_PYTHON");
    }

    /// The Python that an environment variable names.
    static Optional<String> python(String variable) {
        return Optional.ofNullable(System.getenv(variable)).filter(path -> Files.isExecutable(Path.of(path)));
    }

    /// Command that starts a class of this program with this JVM's settings.
    static List<String> java(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(javaCommand());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (!flag.startsWith("-XX:AOT")) command.add(flag);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    private static String javaCommand() {
        return ProcessHandle.current().info().command().orElse("java");
    }

    static List<String> savile(String... arguments) {
        return java("dev.savile.cli.Main", arguments);
    }

    /// Run a command to its end and return its standard output; its standard error is kept in a file.
    static String output(List<String> command) {
        return output(command, Duration.ofDays(1))
                .orElseThrow(() -> new IllegalStateException("a benchmark ran for a day"));
    }

    /// Run a command and return its standard output; nothing when it took longer than the limit and was ended.
    static Optional<String> output(List<String> command, Duration limit) {
        try {
            Path log = Files.createTempFile("bench", ".log");
            Path out = Files.createTempFile("bench", ".out");
            var builder =
                    new ProcessBuilder(command).redirectError(log.toFile()).redirectOutput(out.toFile());
            if (!command.getFirst().equals(javaCommand()))
                builder.environment().keySet().removeAll(LAUNCHER_SETTINGS);
            Process process = builder.start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) process.destroyForcibly().waitFor();
            String text = Files.readString(out);
            Files.deleteIfExists(out);
            if (ended && process.exitValue() != 0)
                throw UserError.resource(
                        "bench.process",
                        String.join(" ", command.subList(0, Math.min(4, command.size()))) + " ... ended with "
                                + process.exitValue(),
                        "there is no figure without it",
                        "look into " + log + ":\n" + tail(log) + text);
            Files.deleteIfExists(log);
            return ended ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String tail(Path log) throws IOException {
        String text = Files.readString(log);
        return text.substring(Math.max(0, text.length() - 1500));
    }

    static String lastLine(String output) {
        return output.strip().lines().reduce((a, b) -> b).orElse("");
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
