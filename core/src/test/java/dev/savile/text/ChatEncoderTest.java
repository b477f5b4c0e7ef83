package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChatEncoderTest {
    private static final int END_OF_TURN = 2;

    private final JsonTokenizer tokenizer = Shared.smolFromGguf();
    private final ChatEncoder encoder = new ChatEncoder(tokenizer, Shared.smolTemplate());

    private static Conversation conversation(JsonNode golden) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : golden.get("messages"))
            messages.add(Message.of(
                    message.get("role").asString(), message.get("content").asString()));
        return Conversation.of(messages);
    }

    @Test
    void promptsAreThoseOfTheReference() {
        for (String name : List.of("capital", "dialogue", "sentiment")) {
            JsonNode golden = Json.tree(Shared.folder().resolve("golden/smollm2/" + name + ".json"));
            Conversation conversation = conversation(golden);
            assertThat(encoder.template().render(conversation, true).text())
                    .isEqualTo(golden.get("rendered").asString());
            int[] ids = Shared.ints(golden.get("token_ids"));
            assertThat(encoder.promptIds(conversation)).isEqualTo(ids);
            golden.get("answers").properties().forEach(answer -> {
                EncodedRow row = encoder.encode(conversation.with(Message.assistant(answer.getKey())));
                assertThat(row.promptIds()).isEqualTo(ids);
                int[] wanted = Shared.ints(answer.getValue());
                assertThat(row.completionIds())
                        .startsWith(wanted)
                        .hasSize(wanted.length + 1)
                        .endsWith(END_OF_TURN);
            });
        }
    }

    @Test
    void theEndOfTurnIsDerivedFromTheTemplate() {
        assertThat(encoder.endOfTurnId()).hasValue(END_OF_TURN);
        assertThat(new ChatEncoder(tokenizer, ChatTemplate.plain()).endOfTurnId())
                .isEmpty();
    }

    @Test
    void allAnswersOfAConversationAreSupervisedToTheToken() {
        Conversation conversation = Conversation.of(
                Message.user("Hi 🙂"), Message.assistant("Hello 𝕏!"), Message.user("More?"), Message.assistant("No."));
        MaskedRow row = encoder.encodeAllAnswers(conversation);
        assertThat(supervised(row)).isEqualTo("Hello 𝕏!<|im_end|>No.<|im_end|>");
        assertThat(tokenizer.decode(row.ids())).endsWith("<|im_start|>assistant\nNo.<|im_end|>");
    }

    @Test
    void generationMarksSuperviseWhatTheyEnclose() {
        ChatTemplate marked = ChatTemplate.of(
                "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
                        + "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}<|im_end|>{% endif %}\n"
                        + "{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{{ '' }}{% endif %}",
                SpecialTokens.none(), Shared.CLOCK);
        MaskedRow row = new ChatEncoder(tokenizer, marked)
                .encodeAllAnswers(Conversation.of(
                        Message.user("日本 🙂"),
                        Message.assistant("eins 🙂"),
                        Message.user("x"),
                        Message.assistant("zwei")));
        assertThat(supervised(row)).isEqualTo("eins 🙂<|im_end|>zwei<|im_end|>");
    }

    @Test
    void marksThatAreNotOneForEachAnswerAreRefused() {
        ChatTemplate twice = ChatTemplate.of(
                "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}"
                        + "{% generation %}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}",
                SpecialTokens.none(), Shared.CLOCK);
        Conversation turns =
                Conversation.of(Message.user("a"), Message.assistant("b"), Message.user("c"), Message.assistant("d"));
        assertThatThrownBy(() -> new ChatEncoder(tokenizer, twice).encodeAllAnswers(turns))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("template.generation"));
    }

    private String supervised(MaskedRow row) {
        int[] kept = new int[row.supervisedTokens()];
        int next = 0;
        for (int i = 0; i < row.ids().length; i++) if (row.supervised()[i]) kept[next++] = row.ids()[i];
        return tokenizer.decode(kept);
    }

    @Test
    void everyPromptOfAConversationIsTheOneSeenAtInference() {
        Conversation conversation = Conversation.of(
                Message.system("Be brief."),
                Message.user("a  b "),
                Message.assistant(" c\n"),
                Message.user("\n\nd"),
                Message.assistant("e"));
        assertThat(encoder.encodeAllAnswers(conversation).ids())
                .startsWith(encoder.promptIds(conversation.first(4)))
                .isEqualTo(encoder.encode(conversation).ids());
    }

    @Test
    void anEmptyThinkingBlockThatTheTemplateWritesBelongsToTheAnswer() {
        ChatTemplate thinking = ChatTemplate.of(
                "{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}{% if m.role == 'assistant' %}<think></think>{% endif %}"
                        + "{{ m.content }}<|im_end|>{{ '\\n' }}{% endfor %}"
                        + "{% if add_generation_prompt %}<|im_start|>assistant{{ '\\n' }}{% endif %}",
                SpecialTokens.none(), Shared.CLOCK);
        EncodedRow row = new ChatEncoder(tokenizer, thinking)
                .encode(Conversation.of(Message.user("q"), Message.assistant("hi")));
        assertThat(tokenizer.decode(row.completionIds())).isEqualTo("<think></think>hi<|im_end|>");
    }

    @Test
    void aTemplateThatRewritesEarlierTurnsIsRefusedByTurn() {
        ChatTemplate rewriting = ChatTemplate.of(
                "{% for m in messages %}[{{ messages | length }}{{ m.content }}]{% endfor %}",
                SpecialTokens.none(), Shared.CLOCK);
        ChatEncoder unstable = new ChatEncoder(tokenizer, rewriting);
        assertThatThrownBy(() -> unstable.encode(Conversation.of(Message.user("q"), Message.assistant("a"))))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("template.prefix");
                    assertThat(e.what()).contains("at turn 2");
                });
    }

    @Test
    void aConversationWithoutAnswerIsRefused() {
        assertThatThrownBy(() -> encoder.encode(Conversation.of(Message.user("q"))))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("chat.last-turn"));
    }

    @Test
    void thePlainTemplateServesModelsWithoutOne() {
        ChatTemplate plain = ChatTemplate.plain(new SpecialTokens("", "<|endoftext|>", "", ""));
        Conversation conversation = Conversation.of(Message.user("Hi"), Message.assistant("Yo"));
        assertThat(plain.render(conversation, false).text()).isEqualTo("User:\nHi\n\nAssistant:\nYo<|endoftext|>\n\n");
        EncodedRow row = new ChatEncoder(tokenizer, plain).encode(conversation);
        assertThat(tokenizer.decode(row.promptIds())).isEqualTo("User:\nHi\n\nAssistant:\n");
        assertThat(tokenizer.decode(row.completionIds())).isEqualTo("Yo<|endoftext|>");
    }

    @Test
    void digestsDifferWithTheTemplate() {
        ChatEncoder other = new ChatEncoder(tokenizer, ChatTemplate.plain());
        assertThat(encoder.digest()).hasSize(64).isNotEqualTo(other.digest());
        assertThat(encoder.digest()).isEqualTo(new ChatEncoder(tokenizer, Shared.smolTemplate()).digest());
    }
}
