package dev.savile.evaluate.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

class ExtractorTest {
    private static String read(ExtractionStep step, String text) {
        return switch (step.read(text)) {
            case Prediction.Parsed(String value) -> value;
            case Prediction.Unparsed(String reason) -> "! " + reason;
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "she has 3 + 4 = 7 apples.|7",
                "that makes $1,234.50.|1234.5",
                "so 80,000 and then 120,000|120000",
                "10-5|5",
                "5 - 3|3",
                "it is (-5)|-5",
                "x=-5.0|-5",
                "the answer is \u22127|-7",
                "-$5|-5",
                "50% off|50",
                "a list: 1, 2, 3|3",
                "007|7",
                ".5 of it|0.5",
                "3.|3",
                "none|! there is no number in it"
            })
    void theLastNumberIsPlain(String text, String expected) {
        assertThat(read(new LastNumberStep(), text)).isEqualTo(expected);
    }

    @Test
    void aRegexTakesItsFirstGroupOrAllOfItsMatch() {
        assertThat(read(RegexStep.of("####\\s*(.+)"), "a\n#### 72 \nb")).isEqualTo("72 ");
        assertThat(read(RegexStep.of("\\d+"), "a 1 b 22")).isEqualTo("1");
        assertThat(read(new RegexStep("\\d+", 0, RegexStep.Take.LAST), "a 1 b 22"))
                .isEqualTo("22");
        assertThat(read(RegexStep.of("(x)?y"), "y")).startsWith("! nothing matches");
        assertThat(read(RegexStep.of("z"), "y")).isEqualTo("! nothing matches z");
    }

    @Test
    void theLastPlaceOfAPrefixCounts() {
        var step = new AfterPrefixStep("The answer is");
        assertThat(read(step, "If the answer is 3 I am wrong. So the ANSWER is 4."))
                .isEqualTo("4.");
        assertThat(read(step, "I do not know")).isEqualTo("! 'The answer is' is not in it");
        assertThat(read(step, "The answer is \n")).isEqualTo("! nothing stands after 'The answer is'");
        assertThat(read(step, "")).startsWith("!");
    }

    @Test
    void theFirstLineThatIsNotBlankIsTaken() {
        assertThat(read(new FirstLineStep(), "\n  \n yes \nno")).isEqualTo("yes");
        assertThat(read(new FirstLineStep(), " \n")).isEqualTo("! the answer is empty");
    }

    @Test
    void aFieldOfTheLastJsonThatHasItIsTaken() {
        var step = new JsonFieldStep("answer");
        String fenced =
                "The form is {\"answer\": \"...\"}.\n```json\n{\"why\": \"a {b}\", \"answer\": \"card\"}\n``` {}";
        assertThat(read(step, fenced)).isEqualTo("card");
        assertThat(read(step, "{\"answer\": 12.50}")).isEqualTo("12.50");
        assertThat(read(step, "{\"answer\": true}")).isEqualTo("true");
        assertThat(read(step, "{\"answer\": null}")).isEqualTo("! the field 'answer' holds no single value");
        assertThat(read(step, "{\"answer\": [1]}")).isEqualTo("! the field 'answer' holds no single value");
        assertThat(read(step, "{answer: 1} {\"answer\": \"cut"))
                .isEqualTo("! no JSON with the field 'answer' is in it");
        assertThat(read(new JsonFieldStep("result.items.1"), "{\"result\": {\"items\": [\"a\", \"b\"]}}"))
                .isEqualTo("b");
        assertThat(read(step, "{".repeat(5000) + "{\"answer\": 1}")).isEqualTo("1");
        assertThat(read(step, "[".repeat(50_000))).startsWith("! no JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I think it is CARD.|card",
                "card payment|card payment",
                "the card payment, not the card|! several labels are in it",
                "card, card and card|card",
                "discard it|! no label is in it",
                "card_arrival|! no label is in it",
                "non-spam|! no label is in it",
                "answer: -spam-|spam",
                "'yes/no'|yes/no",
                "spam or card|! several labels are in it"
            })
    void exactlyOneLabelIsTaken(String text, String expected) {
        var step = new LabelMatchStep(List.of("card", "card payment", "spam", "yes/no"));
        assertThat(read(step, text)).isEqualTo(expected);
    }

    @Test
    void eachStepReadsWhatTheOneBeforeItLeft() {
        var chain = Extractor.of(List.of(Map.of("after_prefix", "####"), "first_line", "last_number"));
        assertThat(chain.read("2 and 3\n#### $1,000 in all\nOr 5?")).isEqualTo(new Prediction.Parsed("1000"));
        assertThat(chain.read("2 and 3")).isEqualTo(new Prediction.Unparsed("'####' is not in it"));
        assertThat(new Extractor(List.of()).read(" all of it ")).isEqualTo(new Prediction.Parsed("all of it"));
        assertThat(new Extractor(List.of()).read(" ")).isEqualTo(new Prediction.Unparsed("the answer is empty"));
    }

    @Test
    void aFallbackIsTakenWhereTheFirstChainReadsNothing() {
        var chain = Extractor.of(
                List.of(Map.of("first_of", List.of(List.of(Map.of("after_prefix", "####")), List.of("last_number")))));
        assertThat(chain.read("1 #### two")).isEqualTo(new Prediction.Parsed("two"));
        assertThat(chain.read("1 and two")).isEqualTo(new Prediction.Parsed("1"));
        assertThat(chain.read("two")).isEqualTo(new Prediction.Unparsed("there is no number in it"));
    }

    private static final String YAML = """
            - regex: "####\\\\s*(.+)"
            - regex:
                pattern: "(a)(b)"
                group: 2
                take: last
            - after_prefix: "The answer is"
            - first_line:
            - json_field: result.label
            - label_match: [yes, "no"]
            - first_of:
                - - last_number: {}
                - - first_line
            """;

    @Test
    void everyStepIsReadFromYamlAndWrittenBackAsJson() {
        List<?> plain = new YAMLMapper().readValue(YAML, List.class);
        Extractor chain = Extractor.of(plain);
        assertThat(chain.steps()).hasSize(7);
        assertThat(chain.steps().get(0)).isEqualTo(RegexStep.of("####\\s*(.+)"));
        assertThat(chain.steps().get(1)).isEqualTo(new RegexStep("(a)(b)", 2, RegexStep.Take.LAST));
        assertThat(Extractor.of(chain.plain())).isEqualTo(chain);
        String json = Json.line(chain);
        assertThat(json).startsWith("[{\"regex\":\"####\\\\s*(.+)\"},{\"regex\":{\"pattern\"");
        assertThat(Json.strict().readValue(json, Extractor.class)).isEqualTo(chain);
    }

    @Test
    void whatIsNoStepIsRefusedByName() {
        assertThat(refused(List.of(Map.of("last_numbre", Map.of()))).fix()).contains("did you mean last_number?");
        assertThat(refused(List.of(Map.of("regex", Map.of("patern", "a")))).what())
                .contains("patern");
        assertThat(refused(List.of(Map.of("last_number", Map.of("from", 1)))).what())
                .contains("from");
        assertThat(refused(List.of(Map.of("a", 1, "b", 2))).what()).contains("is no step");
        assertThat(refused(List.of(Map.of("label_match", List.of("Yes", "yes"))))
                        .what())
                .contains("twice");
        assertThat(refused(List.of(Map.of("json_field", "a..b"))).what()).contains("a..b");
        assertThat(refused(List.of(Map.of("first_of", List.of()))).what()).contains("no chains");
        assertThat(refused(List.of(7)).what()).isEqualTo("'7' is no step");
    }

    private static UserError refused(List<?> plain) {
        var error = catchThrowableOfType(UserError.class, () -> Extractor.of(plain));
        assertThat(error.code()).isEqualTo("extract.step");
        return error;
    }

    @Test
    void aBadPatternIsRefusedWithItsPlace() {
        var error = catchThrowableOfType(UserError.class, () -> RegexStep.of("ab(c"));
        assertThat(error.code()).isEqualTo("extract.regex");
        assertThat(error.what()).contains("at position 4");
        assertThat(catchThrowableOfType(UserError.class, () -> new RegexStep("(a)", 2, RegexStep.Take.FIRST))
                        .what())
                .contains("1 groups, asked for is group 2");
    }

    @Test
    @Timeout(20)
    void aPatternThatExplodesIsStopped() {
        for (String pattern : List.of("(.*a){25}x", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^!]>")) {
            var error = catchThrowableOfType(
                    UserError.class, () -> RegexStep.of(pattern).read("a".repeat(60) + "!"));
            assertThat(error).as(pattern).isNotNull();
            assertThat(error.code()).isEqualTo("extract.regex");
            assertThat(error.what()).contains("steps").contains(pattern);
        }
    }

    @Test
    void aPatternThatRecursesTooDeeplyIsRefused() {
        var error = catchThrowableOfType(
                UserError.class, () -> RegexStep.of("(a|b)*c").read("ab".repeat(200_000)));
        assertThat(error.what()).contains("nested too deeply");
    }

    @Test
    void usualPatternsOverLongTextsAreFarFromTheLimit() {
        String text = "It costs 5 and more.\n".repeat(2000) + "#### 42\n";
        assertThat(read(RegexStep.of("(?i)#### *(\\S+)"), text)).isEqualTo("42");
        assertThat(read(new RegexStep("(\\d+)", 1, RegexStep.Take.LAST), text)).isEqualTo("42");
        assertThat(read(RegexStep.of(".*#### (.*)"), text)).isEqualTo("42");
    }

    @Test
    @Timeout(20)
    void anInterruptEndsASearch() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> RegexStep.of("(a+)+b").read("a".repeat(60)))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
