package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskRun.Expected;
import dev.savile.select.Budget;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DevScoresTest {
    private final List<TaskItem> dev =
            IntStream.range(0, 50).mapToObj(DevScoresTest::item).toList();
    private final AtomicLong clock = new AtomicLong();
    private final List<Integer> asked = new ArrayList<>();
    private final DevScores scores = new DevScores(dev, 7, new Budget(100, clock::get), (candidate, items) -> {
        List<Expected> rows = new ArrayList<>();
        for (TaskItem item : items) {
            asked.add(item.id());
            clock.addAndGet(500_000_000);
            if (item.id() % 10 != 0) rows.add(new Expected(item.id(), -item.id(), 1)); // the others do not fit
        }
        return Optional.of(rows);
    });
    private final PromptCandidate plain = new PromptCandidate("plain", PromptBundle.plain());

    private static TaskItem item(int id) {
        String text = "row " + id;
        return new TaskItem(id, Map.of("text", text), text, List.of("yes"), List.of(), List.of(), "", "", "", id + 1L);
    }

    @Test
    void noRowIsScoredTwiceAndFewerRowsAreTheFirstOfMore() {
        var few = scores.first(20, plain).orElseThrow();
        var more = scores.first(40, plain).orElseThrow();
        var again = scores.first(20, new PromptCandidate("as it is", PromptBundle.plain()))
                .orElseThrow();
        assertThat(asked).hasSize(40).doesNotHaveDuplicates();
        assertThat(again.rows()).isEqualTo(few.rows());
        assertThat(again.candidate().words()).isEqualTo("as it is");
        assertThat(more.rows()).startsWith(few.rows().toArray(Expected[]::new)).hasSizeGreaterThan(20);
        assertThat(few.secondsPerRow()).isEqualTo(0.5);
        assertThat(again.secondsPerRow()).isEqualTo(0.5);
    }

    @Test
    void anotherPromptSeesTheSameRows() {
        scores.first(15, plain);
        List<Integer> first = List.copyOf(asked);
        asked.clear();
        scores.first(
                15,
                new PromptCandidate(
                        "other",
                        PromptBundle.plain().change().system("Be brief.").done()));
        assertThat(asked).isEqualTo(first);
        assertThat(first).isNotEqualTo(first.stream().sorted().toList());
    }

    @Test
    void allRowsAreTheMostThereAre() {
        assertThat(scores.first(500, plain).orElseThrow().asked()).isEqualTo(50);
    }
}
