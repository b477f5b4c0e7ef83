package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.generate.Sampling;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DrawingTest {
    private static final String TASK = "kind: text\ndata: rows.csv\n";

    private static Drawing drawing(double temperature, double topP, int topK, double penalty) {
        return new Drawing(
                OptionalDouble.of(temperature),
                OptionalDouble.of(topP),
                OptionalInt.of(topK),
                OptionalDouble.of(penalty));
    }

    private static PromptBundle with(Drawing drawing, PromptBundle bundle) {
        return bundle.change()
                .reasoning(drawing.over(bundle.reasoning()))
                .decoding(drawing.over(bundle.decoding()))
                .done();
    }

    private static String refused(Drawing drawing, boolean written) {
        return catchThrowableOfType(
                        UserError.class, () -> drawing.require(with(drawing, PromptBundle.plain()), written))
                .code();
    }

    @Test
    void aPromptKeepsHowItsAnswersAreDrawn() {
        PromptBundle kept = with(drawing(0.8, 0.9, 40, 1.1), PromptBundle.plain());
        assertThat(Drawing.sampling(kept, 3)).isEqualTo(new Sampling(1.1, 0.8, 40, 0.9, 0, 3));
        PromptBundle read = Json.strict().readValue(Json.pretty(kept), PromptBundle.class);
        assertThat(read).isEqualTo(kept);
        assertThat(with(Drawing.unchanged(), read)).isEqualTo(kept);
        assertThat(with(drawing(0, 1, 0, 1), kept)).isEqualTo(PromptBundle.plain()); // and its digest is as before
        assertThat(Json.line(PromptBundle.plain())).doesNotContain("topK", "repetitionPenalty");
    }

    @Test
    void drawsOfSeveralAnswersTakeTheirTemperature() {
        Reasoning votes = Reasoning.none().voting(5);
        Drawing cool = new Drawing(
                OptionalDouble.of(0.3), OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty());
        assertThat(cool.over(votes).temperature()).isEqualTo(0.3);
        assertThat(cool.over(votes).topP()).isEqualTo(votes.topP());
        assertThat(Drawing.unchanged().over(votes)).isEqualTo(votes);
    }

    @Test
    void whatWouldHaveNoEffectIsRefused() {
        assertThat(refused(drawing(0.5, 1, 0, 1), false)).isEqualTo("task.drawing"); // nothing is written
        assertThat(refused(drawing(0, 0.9, 0, 1), true)).isEqualTo("task.drawing"); // the likeliest has no other
        assertThat(refused(drawing(0, 1, 5, 1), true)).isEqualTo("task.drawing");
        assertThat(refused(drawing(-1, 1, 0, 1), true)).isEqualTo("generate.temperature");
        assertThat(refused(drawing(1, 1, -2, 1), true)).isEqualTo("prompt.decoding");
        assertThat(refused(drawing(0, 1, 0, 0), true)).isEqualTo("prompt.decoding");
        drawing(0, 1, 0, 1.2)
                .require(with(drawing(0, 1, 0, 1.2), PromptBundle.plain()), true); // greedy can be penalised
    }

    @Test
    void aTaskSaysHowItsAnswersAreDrawn() {
        PromptBundle prompt = TaskSpec.parse(TASK + "temperature: 0.5\ntop-k: 9\nrepetition-penalty: 1.3\n", "t.yaml")
                .prompt();
        assertThat(Drawing.sampling(prompt, 1)).isEqualTo(new Sampling(1.3, 0.5, 9, 1, 0, 1));
        assertThat(catchThrowableOfType(
                                UserError.class,
                                () -> TaskSpec.parse("kind: label\ndata: rows.csv\ntemperature: 0.5\n", "t.yaml"))
                        .code())
                .isEqualTo("task.drawing");
    }
}
