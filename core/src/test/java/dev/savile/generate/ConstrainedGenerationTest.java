package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Threads;
import dev.savile.forest.TokenForest;
import dev.savile.generate.constrain.Automaton;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.Letters;
import dev.savile.testing.TinyModels;
import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.SpecialTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A model without sense, held to forms.
class ConstrainedGenerationTest {
    private static final Letters TOKENIZER = new Letters();
    private static final ChatEncoder ENCODER =
            new ChatEncoder(TOKENIZER, ChatTemplate.plain(new SpecialTokens("", "<end>", "", "")));
    private static final List<String> CHOICES = List.of("yes", "no", "not now");
    private static final String REGEX = "[A-Z][a-z]{2,6}(, [a-z]+){0,2}\\.";
    private static final String SCHEMA = """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer",
            "minimum": 18, "maximum": 99}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}},
            "required": ["name", "age"]}""";

    // no work on the engine's thread here: it would wait for this class, which is not initialized yet
    private static final CausalLm MODEL = TinyModels.of(TinyModels.llama());
    private static final TextGenerator GENERATOR = new TextGenerator(MODEL, Tuning.NONE, ENCODER);

    @BeforeAll
    static void theModelKnowsTheLetters() {
        EngineThread.run(() -> Threads.use(1));
        assertThat(MODEL.spec().vocabulary()).isEqualTo(TOKENIZER.vocabularySize());
    }

    @AfterAll
    static void close() {
        MODEL.close();
    }

    private static GenerationOptions options(int maxTokens, Automaton automaton) {
        return GenerationOptions.greedy(maxTokens).with(GENERATOR.constraint(automaton));
    }

    private static GenerationRequest request(String prompt, GenerationOptions options) {
        return GENERATOR.request(prompt, options, new DrawKey("", prompt, 0));
    }

    private static List<TextGeneration> together(List<GenerationRequest> requests, int maxRows) {
        return GENERATOR.generateAll(
                requests, maxRows, Progress.none().start("answering", requests.size(), "rows"), new StopSignal());
    }

    @Test
    void rowsOfABatchAreHeldToTheirOwnFormsAndTheOthersAreFree() {
        Automaton schema = Automaton.jsonSchema(Json.strict().readTree(SCHEMA));
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Sampling sampling = i % 2 == 0
                    ? Sampling.GREEDY
                    : Sampling.at(1.3, 11).withTopK(8).withTopP(0.9).withMinP(0.01);
            requests.add(request(
                    "choose " + i, options(30, Automaton.choices(CHOICES)).with(sampling)));
            requests.add(request(
                    "write " + i, options(40, Automaton.regex(REGEX)).with(sampling.withRepetitionPenalty(1.2))));
            requests.add(request("json " + i, options(60, schema).with(sampling)));
            requests.add(request("free " + i, GenerationOptions.greedy(25).with(sampling)));
        }
        List<TextGeneration> answers = together(requests, 7);
        for (int i = 0; i < answers.size(); i++) {
            String text = answers.get(i).text();
            switch (i % 4) {
                case 0 -> assertThat(text).isIn(CHOICES);
                case 1 -> assertThat(text).matches(REGEX);
                case 2 -> {
                    JsonNode json = Json.strict().readTree(text);
                    assertThat(json.get("name").stringValue().length()).isLessThanOrEqualTo(12);
                    assertThat(json.get("age").intValue()).isBetween(18, 99);
                    for (JsonNode tag : json.path("tags"))
                        assertThat(tag.stringValue()).isIn("a", "b");
                }
                default -> assertThat(CHOICES).doesNotContain(text);
            }
            TextGeneration alone = GENERATOR.generate(requests.get(i), piece -> {}, new StopSignal());
            assertThat(alone.generation().ids())
                    .isEqualTo(answers.get(i).generation().ids());
        }
        List<GenerationRequest> free = new ArrayList<>();
        for (int i = 3; i < requests.size(); i += 4) free.add(requests.get(i));
        List<TextGeneration> withoutNeighbours = together(free, 7);
        for (int i = 0; i < free.size(); i++)
            assertThat(withoutNeighbours.get(i).text())
                    .isEqualTo(answers.get(4 * i + 3).text());
    }

    @Test
    void greedyTakesTheLikeliestOfWhatMayFollow() {
        String expression = "(ab|[b-y]{1,3}é){5,};";
        var request = request("the likeliest", options(60, Automaton.regex(expression))); // the limit is far away
        List<Integer> heard = new ArrayList<>();
        Generation generation = new Generator(MODEL, Tuning.NONE).generate(request, id -> {
            heard.add(id);
            return TokenListener.Reaction.GO_ON;
        });
        assertThat(heard).hasSize(generation.answerIds().length);
        Pattern pattern = Pattern.compile(expression);
        int[] ids = Arrays.copyOf(request.promptIds(), request.promptIds().length);
        var text = new StringBuilder();
        int half = 0;
        for (int id : Arrays.copyOf(generation.answerIds(), 11)) {
            float[] logits = logits(ids);
            int best = -1;
            for (int other = 0; other < logits.length; other++)
                if (mayFollow(pattern, text.toString(), half, other) && (best < 0 || logits[other] > logits[best]))
                    best = other;
            assertThat(id).isEqualTo(best);
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = id;
            half = id == 3 ? 1 : 0;
            if (id == 4) text.append('é');
            else if (id != 3) text.append((char) (id + 32));
        }
        assertThat(text).hasSizeGreaterThan(5);
    }

    /// Whether a letter, or a half of é, may stand behind a text.
    @SuppressWarnings("JdkObsolete") // whether more could make a text match is what hitEnd tells
    private static boolean mayFollow(Pattern pattern, String text, int half, int id) {
        if (id == Letters.END || (half == 1) != (id == 4)) return false;
        Matcher matcher = pattern.matcher(text + (id == 3 || id == 4 ? "é" : Character.toString(id + 32)));
        return matcher.matches() || matcher.hitEnd();
    }

    private static float[] logits(int[] ids) {
        return EngineThread.call(() -> {
            try (var scope = Scope.open();
                    var off = Grad.off()) {
                var hidden = MODEL.forward(TokenForest.ofRow(ids), Tuning.NONE);
                return MODEL.logits(hidden.narrow(0, ids.length - 1, 1), Tuning.NONE)
                        .toFloats();
            }
        });
    }

    @Test
    void anAnswerThatNothingMayFollowIsFinishedAtOnce() {
        var answer = GENERATOR.generate(
                request("?", options(30, Automaton.choices(List.of("red", "green")))), piece -> {}, new StopSignal());
        assertThat(answer.text()).isIn("red", "green");
        assertThat(answer.generation().finish()).isEqualTo(Finish.COMPLETE);
        assertThat(answer.generation().answerIds()).hasSize(answer.text().length()); // no end token was waited for
    }

    @Test
    void whereMoreMayFollowTheModelEnds() {
        boolean ended = false;
        for (int i = 0; i < 40 && !ended; i++) {
            var sampled = options(50, Automaton.regex("[a-z]{2,}")).with(Sampling.at(3, i));
            var answer = GENERATOR.generate(request("end " + i, sampled), piece -> {}, new StopSignal());
            assertThat(answer.text()).matches("[a-z]{2,}");
            ended = answer.generation().finish() == Finish.END;
        }
        assertThat(ended).isTrue();
        var ignoring = options(20, Automaton.regex("[a-z]{2,}"))
                .with(Sampling.at(3, 1))
                .ignoringEnd();
        var whole = GENERATOR.generate(request("end", ignoring), piece -> {}, new StopSignal());
        assertThat(whole.text()).matches("[a-z]{20}");
        assertThat(whole.generation().finish()).isEqualTo(Finish.LENGTH);
    }

    @Test
    void theLimitNeverCutsAnAnswer() {
        Automaton automaton = Automaton.regex("<[a-z]*>(é|#)*</[a-z]*>");
        for (int maxTokens = 5; maxTokens < 30; maxTokens++) {
            var answer =
                    GENERATOR.generate(request("limit", options(maxTokens, automaton)), piece -> {}, new StopSignal());
            assertThat(answer.text()).matches("<[a-z]*>é*</[a-z]*>"); // no token writes #
            assertThat(answer.generation().ids().length).isLessThanOrEqualTo(maxTokens);
        }
        var shorter = request("limit", options(4, automaton));
        assertThatThrownBy(() -> GENERATOR.generate(shorter, piece -> {}, new StopSignal()))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("constrain.max-tokens"));
    }

    @Test
    void piecesMakeUpTheText() {
        var shown = new StringBuilder();
        var request = request("stream", options(12, Automaton.regex("é{2}[a-z]*é!")));
        TextGeneration answer = GENERATOR.generate(request, shown::append, new StopSignal());
        assertThat(answer.text()).hasToString(shown.toString()).matches("éé[a-z]*é!");
    }
}
