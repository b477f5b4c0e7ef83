package dev.savile.technique.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.Trainable;
import dev.savile.testing.TinyModels;
import dev.savile.text.GgufVocabulary;
import dev.savile.text.Shared;
import dev.savile.text.Tokenizer;
import dev.savile.text.Tokenizers;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Templates with marks at any place, and several tasks over one model and in one batch.
class PromptTableTest {
    private static final int FIRST = 50_000;

    private static TaskTemplate squad() {
        return new TaskTemplate(
                "squad",
                "<|VIRTUAL_PROMPT_0|> Context: {context}<|VIRTUAL_PROMPT_1|> Question: {question} Answer: {answer}",
                5,
                List.of(3, 2),
                "context",
                true,
                "answer",
                null);
    }

    private static TaskTemplate plain(String name, int tokens) {
        return new TaskTemplate(
                name, "<|VIRTUAL_PROMPT_0|>{text} is {label}", tokens, List.of(tokens), null, true, "label", null);
    }

    @Test
    void marksFieldsAndAnswerStandWhereTheTemplateSays() {
        Tokenizer tokenizer = Shared.smolFromGguf();
        TrainingRow row = Objects.requireNonNull(squad().encode(
                        Map.of("context", "It rained.", "question", "Why wet?", "answer", "rain"),
                        tokenizer,
                        FIRST,
                        FIRST,
                        512,
                        2));
        int[] ids = row.ids();
        assertThat(Arrays.stream(ids).filter(id -> id >= FIRST).toArray())
                .containsExactly(FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4);
        assertThat(ids).startsWith(FIRST, FIRST + 1, FIRST + 2);
        int[] text = Arrays.stream(ids).filter(id -> id < FIRST).toArray();
        assertThat(tokenizer.decode(text)).isEqualTo(" Context: It rained. Question: Why wet? Answer: rain<|im_end|>");
        var learned = new ArrayList<Integer>();
        for (int i = 0; i < ids.length; i++) if (row.learned(i)) learned.add(ids[i]);
        assertThat(tokenizer.decode(learned.stream().mapToInt(Integer::intValue).toArray()))
                .isEqualTo(" rain<|im_end|>");
        // what is asked is what was trained on
        assertThat(ids)
                .startsWith(
                        squad().promptIds(Map.of("context", "It rained.", "question", "Why wet?"), tokenizer, FIRST));
    }

    /// PEFT puts virtual tokens before the token that begins a text, NeMo behind it.
    @Test
    void theTokenThatBeginsATextStandsWhereTheTemplateSays() {
        Tokenizer leading = Tokenizers.fromGguf(
                new GgufVocabulary("gpt2", "gpt-2", List.of("<s>", "a", "b"), List.of(3, 1, 1), List.of(), 0, true));
        TaskTemplate after = marked("<|VIRTUAL_PROMPT_0|>{x}<|VIRTUAL_PROMPT_1|>{y}", null);
        var row = Map.of("x", "a", "y", "b");
        assertThat(after.promptIds(row, leading, 9)).containsExactly(9, 0, 1, 10);
        TaskTemplate before =
                marked("<|VIRTUAL_PROMPT_0|>{x}<|VIRTUAL_PROMPT_1|>{y}", TaskTemplate.BosPosition.BEFORE_VIRTUAL);
        assertThat(before.promptIds(row, leading, 9)).containsExactly(0, 9, 1, 10);
        assertThat(Objects.requireNonNull(before.encode(row, leading, 9, 9, 20, -1))
                        .ids())
                .containsExactly(0, 9, 1, 10, 2);
        assertThat(marked("{x}<|VIRTUAL_PROMPT_0|><|VIRTUAL_PROMPT_1|>{y}", null)
                        .promptIds(row, leading, 9))
                .containsExactly(0, 1, 9, 10);
        assertThat(marked("<|VIRTUAL_PROMPT_0|><|VIRTUAL_PROMPT_1|>{y}", null).promptIds(Map.of(), leading, 9))
                .containsExactly(9, 10, 0);
        TaskTemplate all = new TaskTemplate("t", "<|VIRTUAL_PROMPT_0|>{x}", 2, List.of(2), null, false, null, null);
        TrainingRow whole = Objects.requireNonNull(all.encode(Map.of("x", "ab"), leading, 9, 9, 20, -1));
        assertThat(whole.ids()).containsExactly(9, 10, 0, 1, 2);
        assertThat(IntStream.range(0, 5).filter(whole::learned).toArray()).containsExactly(3, 4); // what is said

        TaskTemplate named = marked(after.template(), TaskTemplate.BosPosition.AFTER_VIRTUAL);
        assertThat(named.makesSame(after)).isTrue();
        assertThat(before.makesSame(after)).isFalse();
        String json = Json.line(before);
        assertThat(json).contains("\"bosPosition\":\"before_virtual\"");
        assertThat(Json.strict().readValue(json, TaskTemplate.class)).isEqualTo(before);
    }

    private static TaskTemplate marked(String template, TaskTemplate.@Nullable BosPosition position) {
        return new TaskTemplate("t", template, 2, List.of(1, 1), null, true, "y", position);
    }

    @Test
    void bracesAndMarksInValuesStayLiteral() {
        Tokenizer tokenizer = Shared.smolFromGguf();
        int[] ids = plain("t", 2).promptIds(Map.of("text", "{label} <|VIRTUAL_PROMPT_0|>"), tokenizer, FIRST);
        assertThat(Arrays.stream(ids).filter(id -> id >= FIRST).count()).isEqualTo(2);
        assertThat(tokenizer.decode(Arrays.stream(ids).filter(id -> id < FIRST).toArray()))
                .isEqualTo("{label} <|VIRTUAL_PROMPT_0|> is");
    }

    @Test
    void theNamedFieldIsShortenedAndTheAnswerNever() {
        Tokenizer tokenizer = Shared.smolFromGguf();
        var row = Map.of("context", "many words come first ".repeat(20) + "last", "question", "q", "answer", "yes");
        TrainingRow encoded = Objects.requireNonNull(squad().encode(row, tokenizer, FIRST, FIRST, 40, 2));
        assertThat(encoded.length()).isLessThanOrEqualTo(40);
        assertThat(tokenizer.decode(
                        Arrays.stream(encoded.ids()).filter(id -> id < FIRST).toArray()))
                .contains("last", "yes<|im_end|>");
        assertThat(plain("t", 2).encode(Map.of("text", "a ".repeat(100), "label", "b"), tokenizer, FIRST, FIRST, 20, 2))
                .isNull();
    }

    @Test
    void templatesThatCannotBeMeantAreRefused() {
        refused("marks", () -> new TaskTemplate("t", "{text} {label}", 2, List.of(2), null, true, "label", null));
        refused(
                "add up",
                () -> new TaskTemplate(
                        "t", "<|VIRTUAL_PROMPT_0|>{text} {label}", 5, List.of(2), null, true, "label", null));
        refused(
                "answer's field",
                () -> new TaskTemplate(
                        "t", "<|VIRTUAL_PROMPT_0|>{label} {text}", 2, List.of(2), null, true, "label", null));
        refused(
                "shortened",
                () -> new TaskTemplate(
                        "t", "<|VIRTUAL_PROMPT_0|>{text} {label}", 2, List.of(2), "label", true, "label", null));
        refused(
                "in order",
                () -> new TaskTemplate(
                        "t",
                        "<|VIRTUAL_PROMPT_1|>{a}<|VIRTUAL_PROMPT_0|>{label}",
                        2,
                        List.of(1, 1),
                        null,
                        true,
                        "label",
                        null));
    }

    private static void refused(String part, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("task.template");
            assertThat(e.what() + e.fix()).contains(part);
        });
    }

    @Test
    void aTemplateIsWrittenByNemosNames() {
        String json = Json.line(squad());
        assertThat(json)
                .contains("\"prompt_template\"", "\"total_virtual_tokens\":5", "\"virtual_token_splits\":[3,2]");
        assertThat(Json.strict().readValue(json, TaskTemplate.class)).isEqualTo(squad());
    }

    /// Rows of several tasks with different numbers of virtual tokens in one forest give what each gives alone.
    @Test
    void aMixedBatchGivesWhatItsRowsGiveAlone() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64);
                    PromptTable table = table(model);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                List<int[]> rows = rows(table);
                var builder = TokenForest.builder();
                List<Integer> segments = new ArrayList<>();
                for (int[] row : rows) segments.add(builder.ids(Segment.NO_PARENT, row));
                TokenForest forest = builder.build();
                Tensor together = model.forward(forest, table);
                for (int i = 0; i < rows.size(); i++) {
                    double[] alone =
                            model.forward(TokenForest.ofRow(rows.get(i)), table).toDoubles();
                    double[] own = together.narrow(0, forest.start(segments.get(i)), rows.get(i).length)
                            .toDoubles();
                    for (int k = 0; k < alone.length; k++) assertThat(own[k]).isCloseTo(alone[k], within(1e-10));
                }
            }
        });
    }

    @Test
    void onlyNewTasksAreTrained() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    PromptTable table = PromptTable.empty(model)) {
                table.withFinished(plain("old", 2), (name, shape) -> new dev.savile.technique.Draws(model.device(), 1)
                        .normal(name, 1, shape));
                table.withNew(plain("new", 3), new Encoder.Mlp(8), 1);
                float[] before = floats(table.vectors("old"));
                assertThat(table.trainables()).allMatch(t -> t.name().startsWith("new/"));
                int first = table.ids().first("old");
                int[] prompt = {first, first + 1, table.ids().first("new"), 7, 8};
                var rows = List.of(new dev.savile.text.EncodedRow(prompt, new int[] {9}));
                for (var pass : SupervisedObjective.passes(rows, Lead.NONE, 512))
                    SupervisedObjective.backward(model, table, pass, 1);
                for (Trainable t : table.trainables())
                    assertThat(t.value().hasGradient()).isTrue();
                AllTechniques.disturb(table, 0.1, 1);
                assertThat(floats(table.vectors("old"))).isEqualTo(before);
            }
        });
    }

    @Test
    void addingATaskShiftsNoOther() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    PromptTable one =
                            PromptTable.empty(model).withNew(plain("b", 3), SoftStart.VOCABULARY, new int[0], 1);
                    PromptTable two = PromptTable.empty(model)
                            .withNew(plain("a", 4), SoftStart.VOCABULARY, new int[0], 1)
                            .withNew(plain("b", 3), SoftStart.VOCABULARY, new int[0], 1)) {
                assertThat(floats(two.vectors("b"))).isEqualTo(floats(one.vectors("b")));
                assertThatThrownBy(() -> two.withNew(plain("a", 2), SoftStart.VOCABULARY, new int[0], 1))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("task.exists"));
            }
        });
    }

    /// Published: two tasks of ten virtual tokens over a model 768 wide, p-tuned together, train 8,279,040 values.
    @Test
    void tasksThatArePTunedTogetherShareOneEncoder() {
        long published = new Encoder.Lstm(384, 2, 0)
                .shapes(10, 768, 768).values().stream()
                        .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
                        .sum();
        assertThat(published).isEqualTo(8_279_040);
        EngineThread.run(() -> {
            var encoder = new Encoder.Lstm(8, 1, 0);
            Map<String, int[]> names = Map.of("a", new int[] {5}, "b", new int[] {6, 7}, "c", new int[] {5, 6, 7, 8});
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    PromptTable alone = PromptTable.empty(model).withNew(plain("a", 3), encoder, 1);
                    PromptTable two = PromptTable.empty(model)
                            .withTogether(List.of(plain("a", 3), plain("b", 3)), encoder, names, 1);
                    PromptTable other = PromptTable.empty(model)
                            .withTogether(List.of(plain("c", 3), plain("b", 3)), encoder, names, 1)) {
                assertThat(two.trainedValues()).isEqualTo(alone.trainedValues());
                float[] one = floats(two.vectors("a"));
                float[] another = floats(two.vectors("b"));
                for (int i = 0; i < one.length; i++) assertThat(one[i]).isNotEqualTo(another[i]); // to the last row
                assertThat(floats(two.vectors("b"))).isEqualTo(floats(other.vectors("b")));

                int first = two.ids().first("b");
                var rows = List.of(
                        new dev.savile.text.EncodedRow(new int[] {first, first + 1, first + 2, 7}, new int[] {9}));
                for (var pass : SupervisedObjective.passes(rows, Lead.NONE, 512))
                    SupervisedObjective.backward(model, two, pass, 1);
                for (Trainable t : two.trainables())
                    assertThat(t.value().hasGradient()).isTrue();
                float[] before = floats(two.vectors("a"));
                AllTechniques.disturb(two, 0.1, 1);
                assertThat(floats(two.vectors("a"))).isNotEqualTo(before);
            }
        });
    }

    @Test
    void tasksThatOneEncoderCannotTellApartAreRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    PromptTable table = PromptTable.empty(model)) {
                Map<String, int[]> names = Map.of("a", new int[] {5, 6, 7}, "b", new int[] {5, 6, 8});
                assertThatThrownBy(() -> table.withTogether(
                                List.of(plain("a", 2), plain("b", 2)), new Encoder.Lstm(8, 1, 0), names, 1))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("task.names"));
                assertThatThrownBy(() -> table.withTogether(
                                List.of(plain("a", 2), plain("b", 3)), new Encoder.Lstm(8, 1, 0), names, 1))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("task.tokens"));
                assertThat(table.ids().templates()).isEmpty();
            }
        });
    }

    private static float[] floats(Tensor tensor) {
        try (var scope = Scope.open()) {
            return tensor.toFloats();
        }
    }

    private static PromptTable table(CausalLm model) {
        PromptTable table = PromptTable.empty(model)
                .withNew(plain("a", 4), SoftStart.VOCABULARY, new int[0], 1)
                .withNew(plain("b", 2), new Encoder.Lstm(6, 1, 0), 1);
        AllTechniques.disturb(table, 0.1, 2);
        return table;
    }

    private static List<int[]> rows(PromptTable table) {
        int a = table.ids().first("a");
        int b = table.ids().first("b");
        return List.of(
                new int[] {a, a + 1, a + 2, a + 3, 5, 6, 7},
                new int[] {4, 5, b, b + 1, 9},
                new int[] {1, 2, 3},
                new int[] {a, a + 1, 8, a + 2, a + 3, b, b + 1, 2});
    }

    @Test
    void withoutATableVirtualTokensAreAnError() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    var scope = Scope.open()) {
                int beyond = model.spec().vocabulary();
                assertThatThrownBy(() -> model.forward(TokenForest.ofRow(1, beyond), Tuning.NONE))
                        .isInstanceOf(IllegalStateException.class);
            }
        });
    }
}
