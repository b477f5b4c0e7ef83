package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskSpecTest {
    private static TaskSpec parse(String yaml) {
        return TaskSpec.parse(yaml, "mine.yaml");
    }

    @Test
    void fiveLinesMakeATask() {
        TaskSpec spec = parse("""
                name: tickets
                kind: label
                data: tickets.csv
                input: "{subject}: {body}"
                target: "{queue}"
                """);
        assertThat(spec.name()).isEqualTo("tickets");
        assertThat(spec.train()).isEmpty();
        assertThat(spec.test().files()).containsExactly("tickets.csv");
        assertThat(spec.metrics()).startsWith("accuracy");
        assertThat(spec.prompt().inputTemplate()).isEqualTo("{subject}: {body}");
        assertThat(spec.prompt().instruction()).contains("category");
    }

    @Test
    void layoutAndCommentsDoNotChangeTheDigestButValuesDo() {
        String plain = "name: a\ndata: x.csv\n";
        assertThat(parse("# a comment\ndata: 'x.csv'\nname: a\n").digest())
                .isEqualTo(parse(plain).digest());
        assertThat(parse("name: a\ndata: y.csv\n").digest())
                .isNotEqualTo(parse(plain).digest());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name: a                                        | task.data    | names no rows",
                "data: x.csv; kind: labels                      | task.kind    | did you mean 'label'",
                "data: x.csv; intruction: y                     | task.key     | did you mean instruction",
                "data: x.csv; kind: choice                      | task.choices | no field holds the choices",
                "data: x.csv; metrics: [bleu]                   | task.metric  | macro_f1",
                "data: x.csv; kind: text; metrics: [blue]       | metric.unknown | bleu",
                "data: x.csv; kind: text; metrics: ['token_f1(big)'] | metric.normalisation | squad",
                "data: x.csv; version: one                      | task.value   | a whole number",
                "data: x.csv; fields: {a: {find: x}}            | task.value   | 'path'",
                "data: x.csv; fields: {a: {path: b, find: '('}} | task.pattern | character",
                "data: x.csv; fields: {a: 'b[x]'}               | task.path    | [*]",
            })
    void whatIsWrongIsNamed(String lines, String code, String said) {
        var error = catchThrowableOfType(UserError.class, () -> parse(lines.replace("; ", "\n")));
        assertThat(error).as(lines).isNotNull();
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.what() + error.why() + error.fix()).contains(said);
    }

    @Test
    void theTasksThatComeWithSavileCanAllBeRead() {
        assertThat(TaskCatalog.names()).hasSize(22).doesNotHaveDuplicates();
        for (TaskSpec spec : TaskCatalog.all()) {
            assertThat(TaskCatalog.names()).contains(spec.name());
            assertThat(spec.description()).isNotBlank();
            assertThat(spec.metrics()).isNotEmpty();
        }
        var error = catchThrowableOfType(UserError.class, () -> TaskCatalog.find("snip"));
        assertThat(error.code()).isEqualTo("task.unknown");
        assertThat(error.fix()).contains("did you mean 'snips'");
    }
}
