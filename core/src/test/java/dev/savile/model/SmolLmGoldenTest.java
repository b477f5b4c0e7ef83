package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.evaluate.LabelScorer;
import dev.savile.evaluate.LabelTrie;
import dev.savile.files.hub.ModelLocator;
import dev.savile.forest.RowForest;
import dev.savile.forest.TokenForest;
import dev.savile.generate.EndTokens;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Generator;
import dev.savile.generate.TokenListener;
import dev.savile.testing.Golden;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The real default model, read from its GGUF file, against transformers.
class SmolLmGoldenTest {
    private static @Nullable BaseModel loaded;

    @TempDir
    static @Nullable Path home;

    @BeforeAll
    static void load() {
        Path models = Golden.shared().resolve("models");
        var env = new Env(Map.of(
                "SAVILE_HOME", String.valueOf(home), "SAVILE_MODELS", models.toString(), "HOME", String.valueOf(home)));
        var files = new ModelLocator(env, Progress.none()).locateDefault();
        loaded = EngineThread.call(() -> BaseModel.load(files, Precision.FP32, Device.CPU));
    }

    @AfterAll
    static void unload() {
        BaseModel model = loaded;
        if (model != null) EngineThread.run(model::close);
    }

    private static BaseModel base() {
        if (loaded == null) throw new IllegalStateException("the model is not loaded");
        return loaded;
    }

    private static JsonNode golden(String name) {
        return Json.tree(Golden.folder("smollm2").resolve(name + ".json"));
    }

    private static int[] ids(JsonNode list) {
        return list.valueStream().mapToInt(JsonNode::intValue).toArray();
    }

    private static int[] prompt(JsonNode golden) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode m : golden.get("messages"))
            messages.add(
                    Message.of(m.get("role").stringValue(), m.get("content").stringValue()));
        return base().encoder().promptIds(Conversation.of(messages));
    }

    @ParameterizedTest
    @ValueSource(strings = {"capital", "sentiment", "dialogue"})
    void idsLogitsAndGreedyTextEqualTheReference(String name) {
        JsonNode golden = golden(name);
        int[] ids = prompt(golden);
        assertThat(ids).isEqualTo(ids(golden.get("token_ids")));
        JsonNode expected = golden.get("results").get("gguf");
        EngineThread.run(() -> {
            try (var scope = Scope.open();
                    var off = Grad.off()) {
                Tensor hidden = base().model().forward(TokenForest.ofRow(ids), Tuning.NONE);
                float[] logits = base().model()
                        .logits(hidden.narrow(0, ids.length - 1L, 1), Tuning.NONE)
                        .toFloats();
                for (int i = 0; i < 20; i++)
                    assertThat((double) logits[expected.get("top20_ids").get(i).intValue()])
                            .isCloseTo(expected.get("top20_logits").get(i).doubleValue(), within(2e-3));
            }
            var request = GenerationRequest.of(ids, GenerationOptions.greedy(24).ignoringEnd(), EndTokens.NONE);
            int[] written = new Generator(base().model(), Tuning.NONE)
                    .generate(request, TokenListener.NONE)
                    .ids();
            assertThat(written).isEqualTo(ids(expected.get("greedy_tokens")));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"capital", "sentiment", "dialogue"})
    void answersScoreAsInTheReference(String name) {
        JsonNode golden = golden(name);
        int[] context = prompt(golden);
        JsonNode expected = golden.get("results").get("gguf").get("answers");
        int end = base().encoder().endOfTurnId().orElseThrow();
        List<String> answers = List.copyOf(golden.get("answers").propertyNames());
        List<int[]> completions = new ArrayList<>();
        for (String answer : answers) {
            int[] own = ids(golden.get("answers").get(answer));
            int[] whole = Arrays.copyOf(own, own.length + 1);
            whole[own.length] = end;
            completions.add(whole);
        }
        double[][] scores = EngineThread.call(() -> new LabelScorer(base().model(), new LabelTrie(answers, completions))
                .scores(List.of(context), Tuning.NONE, Progress.none().start("", 0, ""), new StopSignal()));
        for (int i = 0; i < answers.size(); i++)
            assertThat(scores[0][i])
                    .as(answers.get(i))
                    .isCloseTo(
                            expected.get(answers.get(i)).get("total_with_end").doubleValue(),
                            within(1e-3 * completions.get(i).length));
    }

    @Test
    void rowsOfAForestGiveWhatTheyGiveAlone() {
        EngineThread.run(() -> {
            var rng = Rng.of(9, "smollm");
            int[] shared = new int[30];
            for (int i = 0; i < shared.length; i++) shared[i] = rng.nextInt(49_152);
            List<RowForest.Row> rows = new ArrayList<>();
            for (int r = 0; r < 5; r++) {
                int[] ids = Arrays.copyOf(shared, 34 + 3 * r);
                for (int i = 30; i < ids.length; i++) ids[i] = rng.nextInt(49_152);
                rows.add(new RowForest.Row(ids, 30));
            }
            try (var scope = Scope.open();
                    var off = Grad.off()) {
                RowForest forest = RowForest.of(rows);
                CausalLm model = base().model();
                Tensor together = model.normed(model.forward(forest.forest(), Tuning.NONE), Tuning.NONE);
                for (int r = 0; r < rows.size(); r++) {
                    float[] alone = model.normed(
                                    model.forward(TokenForest.ofRow(rows.get(r).ids()), Tuning.NONE), Tuning.NONE)
                            .toFloats();
                    float[] own = together.indexSelect(
                                    0, Tensors.of(forest.tokens().get(r)))
                            .toFloats();
                    for (int i = 0; i < alone.length; i += 7)
                        assertThat((double) own[i]).isCloseTo(alone[i], within(1e-3));
                }
            }
        });
    }
}
