package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.files.gguf.GgufConversion;
import dev.savile.model.BaseModel;
import dev.savile.testing.Golden;
import dev.savile.text.ChatEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptRendererTest {
    @TempDir
    static @Nullable Path home;

    private static @Nullable ChatEncoder encoder;

    @BeforeAll
    static void load() {
        Path made = home;
        if (made == null) throw new IllegalStateException("there is no folder");
        encoder = BaseModel.encoder(
                GgufConversion.convert(Golden.folder("gguf").resolve("llama/llama-f32.gguf"), made, Progress.none()));
    }

    private static PromptRenderer renderer(PromptBundle bundle, int maxTokens, PromptRenderer.OverLength overLength) {
        ChatEncoder loaded = encoder;
        if (loaded == null) throw new IllegalStateException("there is no tokenizer");
        return new PromptRenderer(bundle, loaded, maxTokens, overLength);
    }

    private static String words(Rng rng, String word, int most) {
        return (word + " ").repeat(1 + rng.nextInt(most)).strip();
    }

    /// Whatever order they stand in, those that fit the message least go first.
    @Test
    void theExamplesThatFitLeastAreLeftOutFirst() {
        List<Demo> demos = new ArrayList<>();
        for (int k = 0; k < 4; k++) demos.add(new Demo("demo" + k + " " + "x ".repeat(20), "yes"));
        PromptBundle bundle =
                PromptBundle.plain().change().labels(List.of("yes", "no"), true).done();
        PromptRenderer wide = renderer(bundle, 100_000, PromptRenderer.OverLength.REFUSE);
        int all = wide.prompt("MESSAGE", demos).ids().length;
        PromptRenderer narrow = renderer(bundle, all - 1, PromptRenderer.OverLength.REFUSE);
        for (List<Integer> ranks : List.of(List.of(0, 1, 2, 3), List.of(2, 0, 3, 1), List.of(3, 2, 1, 0))) {
            PromptRenderer.Prompt prompt =
                    narrow.prompt(Map.of("text", "MESSAGE"), new DemoSelector.Chosen(demos, ranks, demos.size()));
            String text = narrow.text(prompt);
            assertThat(prompt.demosKept()).isPositive().isLessThan(4);
            for (int k = 0; k < 4; k++)
                assertThat(text.contains("demo" + k)).isEqualTo(ranks.get(k) < prompt.demosKept());
        }
    }

    @Test
    void whatDoesNotFitLosesWholeExamplesAndNothingElse() {
        Rng rng = Rng.of(5, "renderer");
        for (int trial = 0; trial < 200; trial++) {
            PromptBundle.Layout layout = trial % 2 == 0 ? PromptBundle.Layout.TURNS : PromptBundle.Layout.BLOCK;
            PromptBundle bundle = PromptBundle.plain()
                    .change()
                    .system("SYSTEM stays")
                    .instruction("INSTRUCTION stays")
                    .outputPrefix("PREFIX:")
                    .labels(List.of("yes", "no"), true)
                    .demos(new PromptBundle.Demos(
                            "random", 9, 0, 0, List.of(), DemoOrder.REVERSE, layout, "\n\n", null))
                    .done();
            List<Demo> demos = new ArrayList<>();
            for (int k = 0; k < rng.nextInt(9); k++) demos.add(new Demo("demo" + k + " " + words(rng, "x", 40), "yes"));
            String message = "MESSAGE " + words(rng, "m", 30);
            int limit = 400 + rng.nextInt(400);
            PromptRenderer renderer = renderer(bundle, limit, PromptRenderer.OverLength.REFUSE);
            PromptRenderer.Prompt prompt = renderer.prompt(message, demos);
            String text = renderer.text(prompt);
            int room = renderer.labelCompletions().stream()
                    .mapToInt(ids -> ids.length)
                    .max()
                    .orElseThrow();
            assertThat(prompt.ids().length).isLessThanOrEqualTo(limit - room);
            assertThat(text).contains("SYSTEM stays", "INSTRUCTION stays", "PREFIX:", "yes, no", message);
            int dropped = demos.size() - prompt.demosKept();
            for (int k = 0; k < demos.size(); k++)
                if (k < dropped) assertThat(text).doesNotContain("demo" + k + " ");
                else assertThat(text).contains(demos.get(k).text()); // whole, the best fitting ones last
            if (dropped > 0) { // one more would not have fitted
                var more = renderer(bundle, 100_000, PromptRenderer.OverLength.REFUSE)
                        .prompt(message, demos.subList(dropped - 1, demos.size()));
                assertThat(more.ids().length).isGreaterThan(limit - room);
            }
        }
    }

    @Test
    void aMessageThatIsTooLongIsRefusedOrLosesTheBeginningOfItsLongestField() {
        PromptBundle bundle =
                PromptBundle.plain().change().inputTemplate("{title}: {body}").done();
        Map<String, String> message = Map.of("title", "KEEP", "body", "drop ".repeat(100) + "END");
        var error = catchThrowableOfType(UserError.class, () -> renderer(bundle, 120, PromptRenderer.OverLength.REFUSE)
                .prompt(message, List.of()));
        assertThat(error.code()).isEqualTo("prompt.too-long");
        PromptRenderer cutting = renderer(bundle, 120, PromptRenderer.OverLength.CUT);
        PromptRenderer.Prompt cut = cutting.prompt(message, List.of());
        assertThat(cut.ids().length).isLessThanOrEqualTo(120);
        assertThat(cut.cutTokens()).isPositive();
        assertThat(cutting.text(cut)).contains("KEEP: ", "END");
    }

    @Test
    void aLabelOfWhichNothingIsWrittenIsRefused() {
        var bundle = PromptBundle.classification(List.of("a", "b"), true)
                .change()
                .words(Map.of("b", ""))
                .done();
        PromptRenderer renderer = renderer(bundle, 500, PromptRenderer.OverLength.REFUSE);
        var error = catchThrowableOfType(UserError.class, renderer::labelCompletions);
        assertThat(error.code()).isEqualTo("labels.empty");
        assertThat(error.what()).contains("'b'");
    }

    @Test
    void labelsAreWrittenByTheirWords() {
        PromptBundle bundle = PromptBundle.classification(List.of("GetWeather", "PlayMusic"), true)
                .change()
                .words(Map.of("GetWeather", "weather"))
                .done();
        PromptRenderer renderer = renderer(bundle, 500, PromptRenderer.OverLength.REFUSE);
        assertThat(renderer.labelCompletions().getFirst()).isEqualTo(renderer.completion("weather"));
        String text = renderer.text(renderer.prompt("x", List.of(new Demo("rain?", "GetWeather"))));
        assertThat(text).contains("Categories: weather, PlayMusic").doesNotContain("GetWeather");
    }
}
