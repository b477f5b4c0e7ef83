package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Help answers at once only as long as it loads no native library and no database.
class LazyLoadingTest {
    @TempDir
    Path home;

    @Test
    void helpAndMistakesLoadNoHeavyLibrary() throws Exception {
        var console = new Console(
                new dev.savile.common.Env(java.util.Map.of()),
                dev.savile.common.Progress.none(),
                new dev.savile.common.StopSignal(),
                System.out,
                System.err,
                false,
                false,
                java.time.Clock.systemUTC());
        List<List<String>> commands =
                new ArrayList<>(List.of(List.of("--help"), List.of("--version"), List.of("nonsense")));
        for (Verb verb : Verbs.all(console))
            commands.add(List.of(
                    verb.getClass()
                            .getAnnotation(picocli.CommandLine.Command.class)
                            .name(),
                    "--help"));
        for (List<String> command : commands) {
            List<String> loaded = classesLoadedBy(command);
            assertThat(loaded).as("classes loaded by %s", command).contains("dev.savile.cli.Main");
            assertThat(loaded)
                    .as("heavy classes loaded by %s", command)
                    .noneMatch(name -> name.startsWith("org.bytedeco.")
                            || name.startsWith("ai.djl.")
                            || name.startsWith("org.sqlite.")
                            || name.startsWith("tools.jackson."));
        }
    }

    private List<String> classesLoadedBy(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xlog:class+load:stdout",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.savile.cli.Main"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SAVILE_HOME", home.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output.lines()
                .filter(line -> line.contains("[class,load]") && line.contains(" source:"))
                .map(line -> line.substring(
                                line.lastIndexOf(']', line.indexOf(" source:")) + 1, line.indexOf(" source:"))
                        .strip())
                .toList();
    }
}
