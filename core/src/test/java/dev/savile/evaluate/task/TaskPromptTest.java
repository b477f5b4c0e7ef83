package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskPromptTest {
    @TempDir
    Path folder;

    private TaskData data;

    @BeforeEach
    void read() throws IOException {
        Files.writeString(folder.resolve("train.csv"), "text,label,way\nbill,pay,money\nbox,post,parcel\n");
        Files.writeString(folder.resolve("test.csv"), "text,label,way\na bill,pay,money\n");
        data = TaskData.read(
                TaskSpec.parse(
                        "train: train.csv\ntest: test.csv\nrationale: '{way}'\nmax-tokens: 9\nstop: [END]\n",
                        "mine.yaml"),
                folder,
                1);
    }

    private PromptBundle reasoning() {
        return TaskPrompt.fewShot(DemoStrategy.BM25, 2, 3)
                .with(Reasoning.Mode.FEW_SHOT, 1)
                .of(data);
    }

    private String refused(TaskPrompt prompt, PromptBundle own) {
        return catchThrowableOfType(UserError.class, () -> prompt.over(own, data))
                .code();
    }

    @Test
    void whatIsNotGivenStaysAsASavedPromptHasIt() {
        PromptBundle own = reasoning();
        assertThat(TaskPrompt.unchanged().over(own, data)).isEqualTo(own);
        PromptBundle shorter = TaskPrompt.unchanged().withMaxTokens(5).over(own, data);
        assertThat(shorter.decoding().maxTokens()).isEqualTo(5);
        assertThat(shorter.reasoning()).isEqualTo(own.reasoning());
        assertThat(shorter.demos()).isEqualTo(own.demos());
    }

    @Test
    void votesAreDrawnByThePromptsOwnReasoning() {
        PromptBundle own = reasoning();
        PromptBundle voting = TaskPrompt.unchanged().voting(5).over(own, data);
        assertThat(voting.reasoning().mode()).isEqualTo(Reasoning.Mode.FEW_SHOT);
        assertThat(voting.reasoning().conclusion()).isEqualTo(own.reasoning().conclusion());
        assertThat(voting.reasoning().samples()).isEqualTo(5);
        assertThat(voting.reasoning().temperature()).isEqualTo(0.7);
        assertThat(voting.reasoning().topP()).isEqualTo(0.95);
        assertThat(voting.demos()).isEqualTo(own.demos());
        assertThat(TaskPrompt.unchanged().over(voting, data)).isEqualTo(voting);
        assertThat(TaskPrompt.unchanged().voting(1).over(voting, data)).isEqualTo(own); // the likeliest again
    }

    @Test
    void howAnswersAreDrawnOutlivesOtherChanges() {
        PromptBundle own = reasoning();
        PromptBundle drawing = own.change()
                .reasoning(own.reasoning().drawnAt(0.3, 0.8))
                .decoding(own.decoding().choosing(40, 1.2))
                .done();
        Reasoning shown = TaskPrompt.unchanged()
                .with(Reasoning.Mode.ZERO_SHOT, 1)
                .over(drawing, data)
                .reasoning();
        assertThat(shown.mode()).isEqualTo(Reasoning.Mode.ZERO_SHOT);
        assertThat(shown.temperature()).isEqualTo(0.3); // a single answer that is drawn stays one
        assertThat(shown.topP()).isEqualTo(0.8);
        PromptBundle votes = TaskPrompt.unchanged().voting(5).over(drawing, data);
        assertThat(votes.reasoning().temperature()).isEqualTo(0.3);
        assertThat(votes.decoding().topK()).isEqualTo(40);
        PromptBundle likeliest = TaskPrompt.unchanged().voting(1).over(votes, data);
        assertThat(likeliest.reasoning().temperature()).isZero();
        assertThat(likeliest.decoding().topK()).isNull(); // nothing is drawn that it could limit
        assertThat(likeliest.decoding().repetitionPenalty()).isEqualTo(1.2);
    }

    @Test
    void zeroShotsTakeTheExamplesOfASavedPromptOut() {
        PromptBundle own = TaskPrompt.fewShot(DemoStrategy.RANDOM, 2, 0).of(data);
        assertThat(own.demos().count()).isEqualTo(2);
        assertThat(TaskPrompt.zeroShot().over(own, data))
                .isEqualTo(TaskPrompt.zeroShot().of(data));
    }

    @Test
    void noReasoningTakesThatOfASavedPromptOut() {
        PromptBundle own =
                TaskPrompt.zeroShot().with(Reasoning.Mode.ZERO_SHOT, 5).of(data);
        assertThat(own.instruction()).doesNotContain("nothing else");
        assertThat(own.decoding().stop()).isEmpty();
        var direct = new TaskPrompt(
                Optional.empty(),
                Optional.of(Reasoning.Mode.NONE),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Drawing.unchanged());
        assertThat(direct.over(own, data)).isEqualTo(TaskPrompt.zeroShot().of(data));
    }

    @Test
    void aWayThatNothingShowsIsRefused() {
        assertThat(refused(TaskPrompt.zeroShot(), reasoning())).isEqualTo("task.no-way");
        var error = catchThrowableOfType(
                UserError.class,
                () -> TaskPrompt.zeroShot().with(Reasoning.Mode.FEW_SHOT, 1).of(data));
        assertThat(error.code()).isEqualTo("task.no-way");
    }

    @Test
    void votesOnLabelsNeedWaysThatDiffer() {
        PromptBundle plain = TaskPrompt.zeroShot().of(data);
        assertThat(refused(TaskPrompt.unchanged().voting(5), plain)).isEqualTo("task.samples");
        assertThat(TaskPrompt.unchanged().voting(1).over(plain, data)).isEqualTo(plain);
        PromptBundle saved =
                plain.change().reasoning(Reasoning.none().voting(3)).done();
        assertThat(refused(TaskPrompt.unchanged(), saved)).isEqualTo("task.samples");
        assertThat(refused(TaskPrompt.unchanged().voting(0), plain)).isEqualTo("prompt.samples");
    }

    @Test
    void aPriorIsLeftOutWhereThePromptItWasMeasuredUnderChanges() {
        var prior = new LabelPrior(LabelPrior.Kind.CC, List.of("pay", "post"), List.of(0.25, 0.75));
        PromptBundle own = TaskPrompt.zeroShot().of(data).change().prior(prior).done();
        TaskPrompt same = TaskPrompt.unchanged();
        assertThat(same.over(own, data).prior()).isEqualTo(prior);
        assertThat(TaskPrompt.zeroShot().over(own, data).prior()).isEqualTo(prior); // it had no examples
        for (TaskPrompt change : List.of(
                TaskPrompt.fewShot(DemoStrategy.RANDOM, 1, 0),
                same.withInstruction("Sort."),
                text(Optional.of("You sort."), Optional.empty()),
                text(Optional.empty(), Optional.of("Label:")),
                same.with(Reasoning.Mode.ZERO_SHOT, 1)))
            assertThat(change.over(own, data).prior()).isNull();
    }

    private static TaskPrompt text(Optional<String> system, Optional<String> prefix) {
        return new TaskPrompt(
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                system,
                Optional.empty(),
                prefix,
                0,
                Optional.empty(),
                Drawing.unchanged());
    }
}
