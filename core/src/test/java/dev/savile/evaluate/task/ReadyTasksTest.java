package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The tasks that come with Savile, on the data sets themselves.
class ReadyTasksTest {
    /// Rows that are scored, as the data sets' own papers and files count them.
    private static final Map<String, Integer> SCORED = new LinkedHashMap<>();

    static {
        SCORED.put("banking77", 3080);
        SCORED.put("bbh-boolean_expressions", 250);
        SCORED.put("bbh-date_understanding", 250);
        SCORED.put("bbh-object_counting", 250);
        SCORED.put("bbh-reasoning_about_colored_objects", 250);
        SCORED.put("bbh-word_sorting", 250);
        SCORED.put("e2e", 630);
        SCORED.put("gsm8k", 1319);
        SCORED.put("pubmedqa", 500);
        SCORED.put("snips", 700);
        SCORED.put("wikisql-templates", 8958);
    }

    private static Path root() {
        Path root = Path.of(System.getProperty("savile.root", "."), "..", "shared", "data")
                .normalize();
        Assumptions.assumeTrue(Files.isDirectory(root), "needs ../shared");
        return root;
    }

    @Test
    void everyTaskReadsItsDataSet() {
        Path root = root();
        for (TaskSpec spec : TaskCatalog.all()) {
            TaskData data = TaskData.read(spec, root, 1);
            assertThat(data.test()).as(spec.name()).isNotEmpty();
            Integer scored = SCORED.get(spec.name());
            if (scored != null) assertThat(data.test()).as(spec.name()).hasSize(scored);
            assertThat(data.train().isEmpty())
                    .as(spec.name())
                    .isEqualTo(spec.evaluateOnly() || spec.kind() == TaskKind.PERPLEXITY);
            for (TaskItem item : data.test()) {
                assertThat(item.input()).as(spec.name()).isNotBlank();
                assertThat(item.answer()).as(spec.name() + ": " + item.input()).isNotBlank();
            }
        }
    }

    @Test
    void itemsAreWhatTheirFilesSay() {
        Path root = root();
        TaskItem gsm8k =
                TaskData.read(TaskCatalog.find("gsm8k"), root, 1).test().getFirst();
        assertThat(gsm8k.input()).startsWith("Janet");
        assertThat(gsm8k.answer()).isEqualTo("18");
        assertThat(gsm8k.rationale()).startsWith("Janet sells").doesNotContain("####");
        TaskItem svamp =
                TaskData.read(TaskCatalog.find("svamp"), root, 1).test().getFirst();
        assertThat(svamp.answer()).matches("-?\\d+(\\.\\d*[1-9])?");
        TaskItem dates = TaskData.read(TaskCatalog.find("bbh-date_understanding"), root, 1)
                .test()
                .getFirst();
        assertThat(dates.choices()).containsExactly("(A)", "(B)", "(C)", "(D)", "(E)", "(F)");
        assertThat(dates.answer()).isEqualTo("(B)");
        TaskData e2e = TaskData.read(TaskCatalog.find("e2e"), root, 1);
        assertThat(e2e.test().getFirst().slots()).contains("Blue Spice");
        assertThat(e2e.test()).anyMatch(item -> item.references().size() > 1);
        TaskItem truth =
                TaskData.read(TaskCatalog.find("truthfulqa"), root, 1).test().getFirst();
        assertThat(truth.choices()).contains(truth.answer()).hasSizeGreaterThan(2);
        TaskItem snips =
                TaskData.read(TaskCatalog.find("snips"), root, 1).test().getFirst();
        assertThat(snips.answer()).isEqualTo("AddToPlaylist");
        TaskItem sql =
                TaskData.read(TaskCatalog.find("wikisql"), root, 1).test().getFirst();
        assertThat(sql.answer()).startsWith("SELECT");
        assertThat(sql.input()).contains("table:").doesNotContain("SELECT");
    }
}
