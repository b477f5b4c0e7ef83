package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CorrectOnlyTest {
    private static List<LabelledRow> rows() {
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < 60; i++) rows.add(new LabelledRow(i, "text " + i, i % 3 == 0 ? "rare" : "common", i + 1L));
        return rows;
    }

    /// Solves every row of the common label, and the rare ones below 30.
    private static boolean[] easy(List<LabelledRow> questions) {
        boolean[] solved = new boolean[questions.size()];
        for (int i = 0; i < solved.length; i++)
            solved[i] = questions.get(i).label().equals("common")
                    || questions.get(i).id() < 30;
        return solved;
    }

    @Test
    void solvedRowsArePooledAndTheirSharesReported() {
        var found = CorrectOnly.of(rows(), Groups.none(), 1, (questions, examples) -> easy(questions));
        assertThat(found.pool()).hasSize(50).allMatch(row -> row.label().equals("common") || row.id() < 30);
        assertThat(found.pool()).isSortedAccordingTo(java.util.Comparator.comparingInt(LabelledRow::id));
        assertThat(found.solved()).isEqualTo(new CorrectOnly.Share(50, 60));
        assertThat(found.byLabel())
                .isEqualTo(Map.of("common", new CorrectOnly.Share(40, 40), "rare", new CorrectOnly.Share(10, 20)));
        assertThat(new CorrectOnly.Share(10, 20).value()).isEqualTo(0.5);
    }

    @Test
    void noQuestionMeetsItselfOrItsGroupAmongTheExamples() {
        Map<Integer, Integer> byRow = new TreeMap<>();
        for (int i = 1; i < 60; i += 2) byRow.put(i, i - 1); // pairs
        var groups = new Groups(byRow);
        List<LabelledRow> asked = new ArrayList<>();
        CorrectOnly.of(rows(), groups, 2, (questions, examples) -> {
            asked.addAll(questions);
            for (LabelledRow question : questions)
                for (LabelledRow example : examples)
                    assertThat(groups.of(example)).isNotEqualTo(groups.of(question));
            assertThat(questions.size() + examples.size()).isEqualTo(60);
            return easy(questions);
        });
        assertThat(asked).containsExactlyInAnyOrderElementsOf(rows());
    }

    @Test
    void aModelThatSolvesNothingIsRefused() {
        var error = catchThrowableOfType(
                UserError.class,
                () -> CorrectOnly.of(rows(), Groups.none(), 1, (questions, examples) -> new boolean[questions.size()]));
        assertThat(error.code()).isEqualTo("prompt.correct-only");
        assertThat(error.what()).contains("none of 60 rows");
        assertThatThrownBy(() -> CorrectOnly.of(rows(), Groups.none(), 1, (questions, examples) -> new boolean[1]))
                .hasMessageContaining("1 answers to");
    }
}
