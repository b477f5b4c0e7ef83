package dev.savile.evaluate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.evaluate.metrics.Prediction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictReaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "The first is right. {\"verdict\": \"1\"}|1",
                "It says {\"verdict\": \"1\"}, but no: {\"verdict\": \"TIE\"}.|tie",
                "Reasons. {\"verdict\": 2}|2",
                "{\"reason\": \"shorter\", \"verdict\": \"2\"}|2",
                "{\"verdict\": \"2\", \"reason\": \"shorter\"}|! no reason before the verdict",
                "{\"reason\": \"\", \"verdict\": \"2\"}|! no reason before the verdict",
                "{\"verdict\": \"2\"}|! no reason before the verdict",
                "{\"verdict\": \"2\"} because it is shorter|! the verdict does not stand last",
                "Reasons. {\"verdict\": \"both\"}|! an unknown verdict",
                "Reasons. {\"verdict\": null}|! an unknown verdict",
                "Reasons. Answer 1.|! no verdict"
            })
    void aVerdictNeedsAReasonBeforeIt(String text, String expected) {
        String read =
                switch (VerdictReader.read(text)) {
                    case Prediction.Parsed(String value) -> value;
                    case Prediction.Unparsed(String reason) -> "! " + reason;
                };
        assertThat(read).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"Reasons.,1", "'',!"})
    void aCodeFenceIsNoReason(String before, String start) {
        String fence = "`".repeat(3);
        Prediction read = VerdictReader.read(before + "\n" + fence + "json\n{\"verdict\": \"1\"}\n" + fence);
        assertThat(read instanceof Prediction.Parsed).isEqualTo(start.equals("1"));
    }
}
