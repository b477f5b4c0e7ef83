package dev.savile.cli;

import static dev.savile.cli.Command.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Rows are shown as training sees them.
class ShowTest {
    @TempDir
    Path home;

    private Command show(String rows, String... further) throws IOException {
        Path data = Files.writeString(home.resolve("rows.jsonl"), rows);
        List<String> all = new ArrayList<>(List.of("show", "--data", data.toString()));
        all.addAll(List.of(further));
        all.addAll(TinyModel.options(TinyModel.file()));
        return Command.run(home, all.toArray(String[]::new));
    }

    private static int[] numbers(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).intValue()).toArray();
    }

    @Test
    void eachTokenHasItsSegmentAndWhetherItIsLearned() throws IOException {
        String row = "{\"prompt\":\"bill 1\",\"completion\":\"pay\"}\n";
        JsonNode shown = json(show(row, "--raw", "--json")).at("/rows/0");
        int[] ids = numbers(shown.get("ids"));
        int[] segments = numbers(shown.get("segments"));
        int[] learned = numbers(shown.get("learned"));
        assertThat(segments).hasSameSizeAs(ids).startsWith(1).endsWith(2).isSorted();
        // the answer is what is learned
        assertThat(learned)
                .isEqualTo(IntStream.range(0, ids.length)
                        .filter(i -> segments[i] == 2)
                        .toArray());
        Command printed = show(row, "--raw");
        assertThat(printed.out()).contains("position      id  segment  learned  piece");
        assertThat(printed.out().lines().filter(line -> line.matches("\\s+\\d+\\s+\\d+\\s+[12]  (yes|-  )    .*")))
                .hasSize(ids.length);
    }

    @Test
    void everyTurnOfAConversationIsASegment() throws IOException {
        String turns = String.join(
                ",",
                Arrays.asList(
                        "{\"role\":\"user\",\"content\":\"bill\"}",
                        "{\"role\":\"assistant\",\"content\":\"paid\"}",
                        "{\"role\":\"user\",\"content\":\"box\"}",
                        "{\"role\":\"assistant\",\"content\":\"sent\"}"));
        JsonNode shown =
                json(show("{\"messages\":[" + turns + "]}\n", "--json")).at("/rows/0");
        int[] segments = numbers(shown.get("segments"));
        assertThat(Arrays.stream(segments).distinct().toArray()).startsWith(1, 2, 3, 4);
        for (int place : numbers(shown.get("learned")))
            assertThat(segments[place] % 2).isZero();
    }
}
