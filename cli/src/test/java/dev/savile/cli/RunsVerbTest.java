package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.runs.Run;
import dev.savile.runs.RunStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RunsVerbTest {
    @TempDir
    Path home;

    private String finishedRun() {
        try (RunStore store = RunStore.open(home, Clock.fixed(Command.NOW, ZoneOffset.UTC))) {
            Run run = store.start("tune", "lora", Map.of("rank", 8));
            for (double loss : new double[] {2.0, 1.5, 1.0}) run.event("step", Map.of("loss", loss));
            run.finish(Map.of("steps", 3));
            return run.id();
        }
    }

    @Test
    void emptyStoreListsNothing() {
        assertThat(Command.run(home, "runs").out()).startsWith("no runs yet");
        assertThat(Command.run(home, "runs", "list", "--json").lastLine()).isEqualTo("{\"runs\":[]}");
    }

    @Test
    void listedRunIsShownWithItsLoss() {
        String id = finishedRun();
        assertThat(Command.run(home, "runs").out()).contains(id, "tune", "finished", "lora");
        Command shown = Command.run(home, "runs", "show", id);
        assertThat(shown.code()).isZero();
        assertThat(shown.out()).contains("3 steps, first 2.0000, last 1.0000", "3 step", "\"rank\" : 8");
        JsonNode json = Json.strict()
                .readTree(Command.run(home, "runs", "show", id, "--json").lastLine());
        assertThat(json.get("loss").size()).isEqualTo(3);
        assertThat(json.at("/result/steps").asInt()).isEqualTo(3);
    }

    @Test
    void removedRunIsGone() {
        String id = finishedRun();
        assertThat(Command.run(home, "runs", "remove", id).code()).isZero();
        assertThat(Command.run(home, "runs", "show", id).code()).isEqualTo(3);
    }
}
