package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.Sampling;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.Reasoning;
import dev.savile.testing.TinyChat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What is served of a prompt is what was evaluated, on a tiny random model.
class MessageAnswersTest {
    private static final long SEED = 7;
    private static final PromptBundle SORT = PromptBundle.classification(List.of("pay", "post"), true)
            .change()
            .instruction("Sort.")
            .inputTemplate("{message}")
            .done();

    @RegisterExtension
    static final TinyChat CHAT = new TinyChat();

    @TempDir
    Path folder;

    private static TaskSystem system(PromptBundle bundle) {
        return new TaskSystem("base", CHAT.base(), Tuning.NONE, bundle, PromptRenderer.OverLength.REFUSE);
    }

    private static GenerationOptions options(PromptBundle bundle) {
        Reasoning reasoning = bundle.reasoning();
        Sampling sampling = reasoning.temperature() == 0
                ? Sampling.GREEDY
                : Sampling.at(reasoning.temperature(), SEED).withTopP(reasoning.topP());
        return GenerationOptions.greedy(bundle.decoding().maxTokens()).with(sampling);
    }

    private static MessageAnswers answers(PromptBundle bundle, TaskKind kind, GenerationOptions options) {
        return new MessageAnswers(system(bundle), kind, options, new StopSignal());
    }

    private static MessageAnswers.Answer answer(PromptBundle bundle, TaskKind kind, Map<String, String> fields) {
        return EngineThread.call(
                () -> answers(bundle, kind, options(bundle)).answer(fields).orElseThrow());
    }

    private static LabelPrompts.Answer scored(PromptBundle bundle, String message) {
        return EngineThread.call(
                () -> new LabelPrompts(CHAT.base(), Tuning.NONE, bundle, PromptRenderer.OverLength.REFUSE)
                        .predict(List.of(message), Progress.none().start("", 0, ""), new StopSignal())
                        .answers()
                        .getFirst());
    }

    /// The first item of a task as evaluation answers it.
    private ItemResult evaluated(String yaml, String csv, PromptBundle bundle) throws IOException {
        Files.writeString(folder.resolve("test.csv"), csv);
        TaskData data = TaskData.read(TaskSpec.parse(yaml, "mine.yaml"), folder, 1);
        return EngineThread.call(
                () -> new TaskRun(data, system(bundle), AnswerCache.none(), SEED, Progress.none(), new StopSignal())
                        .run(data.test().subList(0, 1), "test")
                        .orElseThrow()
                        .items()
                        .getFirst());
    }

    @Test
    void aLabelIsScoredWithItsWordsAndDividedByThePrior() {
        PromptBundle worded =
                SORT.change().words(Map.of("pay", "money", "post", "parcel")).done();
        PromptBundle calibrated = worded.change()
                .prior(new LabelPrior(LabelPrior.Kind.CC, List.of("pay", "post"), List.of(0.999, 0.001)))
                .done();
        for (PromptBundle bundle : List.of(SORT, worded, calibrated)) {
            var answer = answer(bundle, TaskKind.LABEL, Map.of("message", "a bill"));
            LabelPrompts.Answer plain = scored(bundle, "a bill");
            assertThat(answer.text()).isEqualTo(plain.label());
            assertThat(answer.probabilities().keySet()).containsExactly("pay", "post");
            assertThat(answer.probabilities().get(answer.text())).isCloseTo(plain.probability(), within(1e-9));
            assertThat(answer.probabilities().values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isCloseTo(1, within(1e-12));
            assertThat(answer.promptTokens()).isEqualTo(plain.promptTokens());
            assertThat(answer.writtenTokens()).isZero();
        }
        double before = answer(worded, TaskKind.LABEL, Map.of("message", "a bill"))
                .probabilities()
                .getOrDefault("pay", -1.0);
        double after = answer(calibrated, TaskKind.LABEL, Map.of("message", "a bill"))
                .probabilities()
                .getOrDefault("pay", -1.0);
        double odds = before / 0.999 / (before / 0.999 + (1 - before) / 0.001);
        assertThat(after).isCloseTo(odds, within(1e-9)).isNotEqualTo(before);
    }

    @Test
    void aLabelBehindAWayIsTheEvaluatedOne() throws IOException {
        PromptBundle bundle = SORT.change()
                .reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT))
                .decoding(new PromptBundle.Decoding(6, List.of()))
                .done();
        ItemResult expected = evaluated(
                "test: test.csv\nevaluate-only: true\ninput: '{message}'\n", "message,label\na bill,pay\n", bundle);
        var answer = answer(bundle, TaskKind.LABEL, Map.of("message", "a bill"));
        assertThat(answer.text()).isEqualTo(expected.answer());
        assertThat(answer.probabilities().get(answer.text())).isCloseTo(expected.probability(), within(1e-9));
        assertThat(answer.writtenTokens()).isEqualTo(expected.writtenTokens()).isPositive();
        assertThat(expected.output()).startsWith(answer.ways().getFirst());
        assertThat(answer.ways().getFirst()).endsWith("The answer is");
    }

    /// Examples that fill the context leave the same room for what stands behind them: a label, a way and a label, or a
    /// text.
    @Test
    void asManyExamplesAreShownAsWereMeasuredWith() throws IOException {
        List<Demo> pool = IntStream.range(0, 12)
                .mapToObj(i -> new Demo("", i % 2 == 0 ? "pay" : "post", Map.of("message", "no " + i), "because"))
                .toList();
        PromptBundle filled = SORT.change()
                .demos(new PromptBundle.Demos("fixed", 12, 0, 0, pool))
                .done();
        PromptBundle reasoning = filled.change()
                .reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT))
                .decoding(new PromptBundle.Decoding(6, List.of()))
                .done();
        PromptBundle written = PromptBundle.plain()
                .change()
                .inputTemplate("{message}")
                .demos(filled.demos())
                .decoding(new PromptBundle.Decoding(30, List.of()))
                .done();
        int shown = 0;
        for (PromptBundle bundle : List.of(filled, reasoning, written)) {
            TaskKind kind = bundle.equals(written) ? TaskKind.TEXT : TaskKind.LABEL;
            ItemResult expected = evaluated(
                    "kind: " + kind.id()
                            + "\ntest: test.csv\nevaluate-only: true\ninput: '{message}'\ntarget: '{team}'\n",
                    "message,team\na bill,pay\na box,post\n",
                    bundle);
            var answer = answer(bundle, kind, Map.of("message", "a bill"));
            assertThat(expected.demosKept()).as(kind.id()).isLessThan(12);
            shown += expected.demosKept();
            assertThat(answer.examples()).isEqualTo(expected.demosKept());
            assertThat(answer.promptTokens()).isEqualTo(expected.promptTokens());
            assertThat(answer.cut()).isEqualTo(expected.cutAtLength());
        }
        assertThat(shown).isPositive();
    }

    @Test
    void aVoteIsThatOfTheEvaluation() throws IOException {
        PromptBundle bundle = PromptBundle.plain()
                .change()
                .inputTemplate("{q}")
                .reasoning(Reasoning.of(Reasoning.Mode.NONE).voting(5))
                .answers(Map.of("letter", Map.of("extract", List.of(Map.of("regex", "\\S")))))
                .decoding(new PromptBundle.Decoding(8, List.of()))
                .done();
        ItemResult expected = evaluated(
                "kind: text\ntest: test.csv\nevaluate-only: true\ninput: '{q}'\ntarget: '{a}'\n",
                "q,a\n2+2,4\n",
                bundle);
        var answer = answer(bundle, TaskKind.TEXT, Map.of("q", "2+2"));
        assertThat(answer.text()).isEqualTo(expected.answer());
        assertThat(answer.unparsed()).isEqualTo(expected.unparsed());
        assertThat(answer.ways()).hasSize(expected.samples());
        assertThat(answer.ways().getFirst()).isEqualTo(expected.output());
        assertThat(answer.writtenTokens()).isEqualTo(expected.writtenTokens());
        assertThat(answer.votes().values().stream().mapToInt(Integer::intValue).sum())
                .isBetween(1, answer.ways().size());
        int most = answer.votes().values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElseThrow();
        assertThat(answer.votes()).containsEntry(answer.text(), most);
        assertThat(answers(bundle, TaskKind.TEXT, options(bundle)).plain()).isFalse();
    }

    @Test
    void whatCannotBeReadIsSaid() {
        PromptBundle bundle = PromptBundle.plain()
                .change()
                .answers(Map.of("never", Map.of("extract", List.of(Map.of("regex", "(?!x)x")))))
                .decoding(new PromptBundle.Decoding(4, List.of()))
                .done();
        var answer = answer(bundle, TaskKind.TEXT, Map.of("text", "hi"));
        assertThat(answer.text()).isEmpty();
        assertThat(answer.unparsed()).isNotEmpty();
        assertThat(answer.votes()).isEmpty();
        assertThat(answer.ways()).hasSize(1);
    }

    @Test
    void optionsDecideHowMuchIsWritten() {
        PromptBundle bundle = PromptBundle.plain()
                .change()
                .reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT))
                .decoding(new PromptBundle.Decoding(9, List.of()))
                .done();
        for (int tokens : List.of(2, 5)) {
            var answer = EngineThread.call(() -> answers(bundle, TaskKind.TEXT, GenerationOptions.greedy(tokens))
                    .answer(Map.of("text", "hi"))
                    .orElseThrow());
            assertThat(answer.writtenTokens()).isBetween(1, tokens);
        }
    }

    @Test
    void workedExamplesStandInThePrompt() {
        PromptBundle bundle = SORT.withDemos(new PromptBundle.Demos(
                "random", 1, 0, 0, List.of(new Demo("", "post", Map.of("message", "zebra"), ""))));
        var answers = answers(bundle, TaskKind.LABEL, options(bundle));
        PromptRenderer.Prompt prompt = EngineThread.call(() -> answers.prompt(Map.of("message", "a bill")));
        assertThat(prompt.demosKept()).isOne();
        assertThat(prompt.ids().length)
                .isGreaterThan(answer(SORT, TaskKind.LABEL, Map.of("message", "a bill"))
                        .promptTokens());
        // a message is never its own example
        PromptRenderer.Prompt own = EngineThread.call(() -> answers.prompt(Map.of("message", "zebra")));
        assertThat(own.demosKept()).isZero();
    }

    @Test
    void onlyPlainWrittenAnswersAreShownAsTheyCome() {
        PromptBundle plain = PromptBundle.plain();
        var options = GenerationOptions.greedy(4);
        assertThat(answers(plain, TaskKind.TEXT, options).plain()).isTrue();
        assertThat(answers(plain, TaskKind.NUMBER, options).plain()).isFalse();
        assertThat(answers(SORT, TaskKind.LABEL, options).plain()).isFalse();
        PromptBundle reasons =
                plain.change().reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT)).done();
        assertThat(answers(reasons, TaskKind.TEXT, options).plain()).isFalse();
    }

    @Test
    void severalFieldsAreNamed() {
        PromptBundle mail = SORT.change().inputTemplate("{subject}: {body}").done();
        assertThatThrownBy(() -> scored(mail, "a bill")).isInstanceOfSatisfying(UserError.class, error -> {
            assertThat(error.code()).isEqualTo("prompt.field");
            assertThat(error.what()).contains("{subject}, {body}");
            assertThat(error.fix()).contains("--field subject=", "--field body=", "eval --task");
        });
        var answer = answer(mail, TaskKind.LABEL, Map.of("subject", "a", "body", "bill"));
        assertThat(answer.text()).isIn("pay", "post");
    }
}
