package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MinedInstructionsTest {
    private final List<TaskItem> rows = new ArrayList<>();

    private void row(String text, String answer) {
        rows.add(new TaskItem(
                rows.size(),
                Map.of("text", text),
                text,
                List.of(answer),
                List.of(),
                List.of(),
                "",
                "",
                "",
                rows.size() + 1L));
    }

    @Test
    void wordsThatMarkALabelAreNamed() {
        for (String bill : List.of("Please send the bill", "The bill is wrong", "This bill, again")) row(bill, "pay");
        for (String box : List.of("Please open the box", "The box is broken", "Rare box")) row(box, "post");
        assertThat(MinedInstructions.of(TaskKind.LABEL, rows, PromptBundle.plain()))
                .singleElement()
                .asString()
                .contains("pay: bill;", "post: box.")
                .doesNotContain("please", "rare");
    }

    @Test
    void rowsThatShowNothingGiveNoInstruction() {
        row("the same", "a");
        row("the same", "b");
        assertThat(MinedInstructions.of(TaskKind.LABEL, rows, PromptBundle.plain()))
                .isEmpty();
        assertThat(MinedInstructions.of(TaskKind.LABEL, List.of(), PromptBundle.plain()))
                .isEmpty();
        assertThat(MinedInstructions.of(TaskKind.NUMBER, rows, PromptBundle.plain()))
                .isEmpty();
    }

    @Test
    void theFormOfAnswersIsSaid() {
        for (int i = 1; i <= 10; i++) row("q" + i, "w ".repeat(i == 10 ? 40 : i));
        assertThat(MinedInstructions.of(TaskKind.TEXT, rows, PromptBundle.plain()))
                .containsExactly("Answer in at most 9 words.");
        rows.clear();
        row("1 + 1", "2");
        row("1000 + 234", "1,234");
        assertThat(MinedInstructions.of(TaskKind.NUMBER, rows, PromptBundle.plain()))
                .singleElement()
                .asString()
                .contains("whole number");
        row("1 / 2", "0.5");
        assertThat(MinedInstructions.of(TaskKind.NUMBER, rows, PromptBundle.plain()))
                .isEmpty();
    }
}
