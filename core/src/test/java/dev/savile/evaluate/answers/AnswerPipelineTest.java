package dev.savile.evaluate.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Normalisation;
import dev.savile.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.dataformat.yaml.YAMLMapper;

class AnswerPipelineTest {
    private static final String YAML = """
            strict:
              extract:
                - after_prefix: "####"
              normalise: number
            flexible:
              extract: [last_number]
              normalise: number
            """;

    private static List<AnswerPipeline> pipelines() {
        return AnswerPipeline.all(new YAMLMapper().readValue(YAML, Map.class));
    }

    @Test
    void pipelinesReadTheSameGenerationsSideBySide() {
        List<String> generations = List.of("2 + 2 = 4\n#### 4.0", "So it is 5.", "#### many", "#### $1,000.");
        List<List<String>> references =
                List.of(List.of("4"), List.of("5"), List.of("6"), List.of("1000", "a thousand"));
        List<AnswerReadings> both = AnswerReadings.all(pipelines(), generations);
        AnswerReadings strict = both.getFirst();
        assertThat(strict.answers())
                .containsExactly(
                        new Prediction.Parsed("4"),
                        new Prediction.Unparsed("'####' is not in it"),
                        new Prediction.Parsed("many"),
                        new Prediction.Parsed("1000"));
        Score score = strict.exactMatch(references, "dev");
        assertThat(score.name()).isEqualTo("exact_match(number,strict)");
        assertThat(score.value()).isEqualTo(0.5);
        assertThat(strict.unparsed().value()).isEqualTo(0.25);
        assertThat(strict.reasons()).isEqualTo(Map.of("'####' is not in it", 1));
        assertThat(both.getLast().exactMatch(references, "dev").value()).isEqualTo(0.75);
        assertThat(both.getLast().reasons()).isEqualTo(Map.of("there is no number in it", 1));
    }

    @Test
    void pipelinesAreWrittenAsTheyAreRead() {
        AnswerPipeline strict = pipelines().getFirst();
        assertThat(AnswerPipeline.all(Map.of("strict", strict.plain()))).containsExactly(strict);
        assertThat(AnswerPipeline.all(Map.of("raw", Map.of("normalise", "squad"))))
                .containsExactly(new AnswerPipeline("raw", new Extractor(List.of()), Normalisation.SQUAD));
        assertThat(catchThrowableOfType(
                                UserError.class, () -> AnswerPipeline.all(Map.of("a", Map.of("normalise", "lower"))))
                        .fix())
                .contains("squad");
    }

    @Test
    void anAnswerThatVanishesIsNotParsed() {
        var pipeline = new AnswerPipeline("all", new Extractor(List.of()), Normalisation.SQUAD);
        assertThat(pipeline.read("The!")).isEqualTo(new Prediction.Unparsed("the answer is empty"));
    }

    /// The reference answers of GSM8K end in `#### number`; 14 of the 1,319 have a comma in it.
    @Test
    void referenceAnswersOfGsm8kAreReadByBothPipelines() throws IOException {
        List<String> answers = Files.readAllLines(Golden.shared().resolve("data/gsm8k/test.jsonl")).stream()
                .map(line -> Json.lenient().readTree(line).get("answer").asString())
                .toList();
        assertThat(answers).hasSize(1319);
        List<String> written = answers.stream()
                .map(answer -> answer.substring(answer.indexOf("####") + 4).strip())
                .toList();
        assertThat(written.stream().filter(number -> number.contains(","))).hasSize(14);
        for (AnswerReadings readings : AnswerReadings.all(pipelines(), answers)) {
            assertThat(readings.unparsed().value()).isZero();
            assertThat(readings.exactMatch(written.stream().map(List::of).toList(), "test")
                            .value())
                    .isCloseTo(1, within(1e-12));
            for (int i = 0; i < written.size(); i++)
                assertThat(readings.answers().get(i))
                        .isEqualTo(new Prediction.Parsed(written.get(i).replace(",", "")));
        }
    }
}
