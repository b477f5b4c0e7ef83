package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Threads;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.Letters;
import dev.savile.testing.TinyModels;
import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import dev.savile.text.SpecialTokens;
import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TextGeneratorTest {
    private static final int END = Letters.END;
    private static final Tokenizer TOKENIZER = new Letters();
    private static final ChatEncoder ENCODER =
            new ChatEncoder(TOKENIZER, ChatTemplate.plain(new SpecialTokens("", "<end>", "", "")));

    @BeforeAll
    static void oneThread() {
        EngineThread.run(() -> Threads.use(1));
    }

    @Test
    void piecesMakeUpTheText() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            var generator = new TextGenerator(model, Tuning.NONE, ENCODER, EndTokens.NONE);
            var conversation = Conversation.of(Message.user("What is it?"));
            var request = generator.request(conversation, GenerationOptions.greedy(40), DrawKey.SINGLE);
            assertThat(request.promptIds()).isEqualTo(ENCODER.promptIds(conversation));
            var shown = new StringBuilder();
            TextGeneration answer = generator.generate(request, shown::append, new StopSignal());
            assertThat(answer.generation().ids()).hasSize(40);
            assertThat(answer.text()).hasToString(shown.toString()).isNotEmpty();
        }
    }

    @Test
    void aStopTextEndsTheAnswerAndIsCutFromIt() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            var generator = new TextGenerator(model, Tuning.NONE, ENCODER, EndTokens.NONE);
            var options = GenerationOptions.greedy(40).with(Sampling.at(1, 4));
            var plain = generator.request("Once upon a time", options, DrawKey.SINGLE);
            String whole =
                    generator.generate(plain, piece -> {}, new StopSignal()).text();
            String stopText = whole.substring(9, 11);
            int at = whole.indexOf(stopText);
            var stopping = generator.request("Once upon a time", options.withStop(stopText), DrawKey.SINGLE);
            TextGeneration answer = generator.generate(stopping, piece -> {}, new StopSignal());
            assertThat(answer.generation().finish()).isEqualTo(Finish.STOP);
            assertThat(answer.text()).isEqualTo(whole.substring(0, at));
            List<TextGeneration> batch = generator.generateAll(
                    List.of(stopping, plain), 2, Progress.none().start("answering", 2, "rows"), new StopSignal());
            assertThat(batch).extracting(TextGeneration::text).containsExactly(answer.text(), whole);
        }
    }

    @Test
    void charactersComeWholeAndStructureIsNotText() {
        List<String> pieces = new ArrayList<>();
        var listener = new TextPieces(TOKENIZER, List.of(), pieces::add, new StopSignal());
        for (int id : new int[] {40, 3, 4, END, 41, 3}) listener.take(id);
        var generation = new Generation(new int[0], Finish.LENGTH, 1, 0, 0);
        assertThat(listener.finish(generation).text()).isEqualTo("H\u00e9I\ufffd");
        assertThat(pieces).containsExactly("H", "\u00e9", "I", "\ufffd");
    }

    @Test
    void endTokensComeFromTheTemplateAndTheSpecialTokens() {
        assertThat(TextGenerator.endTokens(ENCODER)).isEqualTo(EndTokens.of(END));
    }
}
