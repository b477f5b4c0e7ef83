package dev.savile.text;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.text.jinja.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/// Encode conversations for one model: its chat template and its tokenizer together.
///
/// The prompt is rendered with the opening of the assistant's turn and encoded once; the answer is a segment of
/// its own, up to and including the token that ends the turn. Training, scoring and generation share [#promptIds],
/// so they agree.
///
/// @param tokenizer the model's tokenizer
/// @param template  the model's chat template
public record ChatEncoder(Tokenizer tokenizer, ChatTemplate template) {
    /// Encode the prompt to which the model is to write the next assistant turn.
    public int[] promptIds(Conversation conversation) {
        return tokenizer.encode(template.render(conversation, true).text());
    }

    /// Encode a conversation that ends with an assistant turn.
    ///
    /// @throws UserError `chat.last-turn` when it does not; `template.prefix` when the answered conversation does
    ///         not begin with its prompt; `template.answer` when the answer is not found in the text
    public EncodedRow encode(Conversation answered) {
        Conversation prompt = withoutAnswer(answered);
        String promptText = template.render(prompt, true).text();
        return new EncodedRow(tokenizer.encode(promptText), tokenizer.encodeBehind(completion(answered, promptText)));
    }

    /// Encode a conversation of several turns, every answer supervised, to the token.
    ///
    /// The last answer is a segment of its own, as in [#encode]. Earlier answers are found in the prompt by the
    /// template's `{% generation %}` marks; without marks, by rendering turn by turn, each of which must be the
    /// beginning of the whole.
    ///
    /// @throws UserError as [#encode], `template.generation` for marks that are not one for each answer, and
    ///     `template.prefix` with the turn that is written differently later on
    public MaskedRow encodeAllAnswers(Conversation answered) {
        return encodeAnswers(answered, turn -> true);
    }

    /// Encode a conversation of several turns of which some answers are supervised, as [#encodeAllAnswers] does.
    ///
    /// @param learned tells by its number, from 0, whether an assistant turn is to be learned
    public MaskedRow encodeAnswers(Conversation answered, IntPredicate learned) {
        Conversation prompt = withoutAnswer(answered);
        Rendered rendered = template.render(prompt, true);
        Encoding promptEncoding = tokenizer.encodeWithSpans(rendered.text());
        EncodedRow row =
                new EncodedRow(promptEncoding.ids(), tokenizer.encodeBehind(completion(answered, rendered.text())));
        List<Span> answers = answers(prompt, rendered);
        List<Span> wanted = new ArrayList<>();
        int answer = 0;
        for (int turn = 0; turn < prompt.messages().size(); turn++) {
            if (!prompt.messages().get(turn).fromAssistant() || answer == answers.size()) continue;
            if (learned.test(turn)) wanted.add(answers.get(answer));
            answer++;
        }
        boolean[] supervised = Arrays.copyOf(mask(promptEncoding, wanted), row.length());
        boolean last = learned.test(prompt.messages().size());
        Arrays.fill(supervised, promptEncoding.length(), row.length(), last);
        return new MaskedRow(row.ids(), supervised);
    }

    /// Mark the tokens whose piece of the text meets one of the spans.
    static boolean[] mask(Encoding encoding, List<Span> spans) {
        boolean[] supervised = new boolean[encoding.length()];
        for (int i = 0; i < supervised.length; i++)
            for (Span span : spans) if (span.meets(encoding.starts()[i], encoding.ends()[i])) supervised[i] = true;
        return supervised;
    }

    /// Return the token that ends an assistant turn in this template, if it is one special token.
    public OptionalInt endOfTurnId() {
        Conversation question = Conversation.of(Message.user("Say yes."));
        Conversation answered = question.with(Message.assistant("Yes."));
        String text = completion(answered, template.render(question, true).text());
        int[] ids = tokenizer.encode(text);
        boolean ends = ids.length > 0 && tokenizer.special(ids[ids.length - 1]);
        return ends ? OptionalInt.of(ids[ids.length - 1]) : OptionalInt.empty();
    }

    /// Return what stands for no context at all before a text: the last token that begins every text, else the one
    /// that ends it; nothing for a tokenizer without either.
    public int[] emptyContext() {
        int[] lead = tokenizer.lead();
        return lead.length > 0
                ? new int[] {lead[lead.length - 1]}
                : tokenizer.idOf(template.tokens().end()).stream().toArray();
    }

    /// Return the SHA-256 over the template, its special tokens and the tokenizer. A customization keeps it and is
    /// refused on a model where it differs.
    public String digest() {
        return Digest.ofText(Json.line(List.of(template.digest(), tokenizer.digest())));
    }

    private static Conversation withoutAnswer(Conversation answered) {
        List<Message> messages = answered.messages();
        if (messages.isEmpty() || !messages.getLast().fromAssistant())
            throw new UserError(
                    "chat.last-turn",
                    messages.isEmpty()
                            ? "the conversation has no turns"
                            : "the last turn is from '" + messages.getLast().role() + "', not from the assistant",
                    "what the model is to learn is the last assistant turn",
                    "end each conversation with the wanted answer");
        return answered.first(messages.size() - 1);
    }

    /// Return what follows the prompt: the answer and the token that ends its turn, nothing more.
    private String completion(Conversation answered, String promptText) {
        String whole = template.render(answered, false).text();
        int turn = answered.messages().size();
        if (!whole.startsWith(promptText)) throw notAPrefix(turn, "its prompt");
        String rest = whole.substring(promptText.length());
        return rest.substring(0, answerEnd(rest, answered.messages().getLast().content(), turn));
    }

    /// Return the offset behind the end-of-turn token within a text that consists of an answer and what ends its
    /// turn.
    ///
    /// The last special token ends the turn if the answer stands right before it; blanks between, and what the
    /// template writes before the answer, such as an empty thinking block, do no harm. Without such a token the
    /// answer itself ends it.
    private int answerEnd(String text, String content, int turn) {
        String wanted = content.strip(); // many templates trim
        Encoding encoding = tokenizer.encodeWithSpans(text);
        for (int i = encoding.length() - 1; i >= 0; i--) {
            if (!tokenizer.special(encoding.ids()[i])) continue;
            String before = text.substring(0, encoding.starts()[i]).stripTrailing();
            if (before.endsWith(wanted)) return encoding.ends()[i];
        }
        int at = text.lastIndexOf(wanted);
        if (at < 0)
            throw new UserError(
                    "template.answer",
                    "the answer of turn " + turn + " does not appear in the text that the template writes for it",
                    "the tokens to learn cannot be told from the others",
                    "check the answer for parts that the template removes, such as thinking blocks");
        return at + wanted.length();
    }

    /// Find the answers within a rendered prompt.
    private List<Span> answers(Conversation prompt, Rendered rendered) {
        long turns = prompt.messages().stream().filter(Message::fromAssistant).count();
        List<Span> marked = rendered.generationSpans();
        if (!marked.isEmpty()) {
            if (marked.size() == turns) return marked;
            throw new UserError(
                    "template.generation",
                    "the template marks " + marked.size() + " answers of a conversation that has " + turns,
                    "which of them belongs to which turn cannot be told",
                    "mark each assistant turn once with {% generation %}, or remove the marks");
        }
        List<Span> spans = new ArrayList<>();
        for (int turn = 0; turn < prompt.messages().size(); turn++) {
            Message message = prompt.messages().get(turn);
            if (!message.fromAssistant()) continue;
            String before = template.render(prompt.first(turn), true).text();
            String after = template.render(prompt.first(turn + 1), false).text();
            if (!rendered.text().startsWith(after)) throw notAPrefix(turn + 1, "the text up to it");
            if (!after.startsWith(before)) throw notAPrefix(turn + 1, "its prompt");
            String answer = after.substring(before.length());
            int end = answerEnd(answer, message.content(), turn + 1);
            spans.add(new Span(before.length(), before.length() + end));
        }
        return spans;
    }

    private static UserError notAPrefix(int turn, String what) {
        return new UserError(
                "template.prefix",
                "at turn " + turn + " the template writes " + what + " differently than in the whole conversation",
                "the answer's tokens cannot be told from the others, and training would not see what inference sees",
                "use a template with {% generation %} marks, or train on conversations with a single answer");
    }
}
