package dev.savile.technique.prompt;

import dev.savile.common.UserError;
import dev.savile.text.ChatEncoder;
import dev.savile.text.Conversation;
import dev.savile.text.EncodedRow;
import dev.savile.text.LeftCut;
import dev.savile.text.Message;
import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Turn messages into token ids by a bundle, within the model's context.
///
/// Over the limit whole examples are dropped, the least fitting first; system text, instruction and labels never
/// are. A message that does not fit without examples is refused or, on request, cut at its left end; an answer is
/// never cut.
public final class PromptRenderer {
    /// What to do with a message that is too long for the context.
    public enum OverLength {
        REFUSE,
        CUT
    }

    private final PromptBundle bundle;
    private final ChatEncoder encoder;
    private final int maxTokens;
    private final OverLength overLength;
    private int room;

    /// Keep room for the longest label.
    ///
    /// @param maxTokens tokens that prompt and answer may take together
    public PromptRenderer(PromptBundle bundle, ChatEncoder encoder, int maxTokens, OverLength overLength) {
        this(bundle, encoder, maxTokens, -1, overLength);
    }

    private PromptRenderer(PromptBundle bundle, ChatEncoder encoder, int maxTokens, int room, OverLength overLength) {
        this.bundle = bundle;
        this.encoder = encoder;
        this.maxTokens = maxTokens;
        this.room = room;
        this.overLength = overLength;
    }

    /// Return a renderer that keeps room for the longest of these answers, each by its word.
    ///
    /// @param before tokens between the prompt and the answer
    public PromptRenderer forAnswers(List<String> answers, int before) {
        return forAnswersOf(before
                + answers.stream()
                        .mapToInt(answer -> completion(bundle.word(answer)).length)
                        .max()
                        .orElse(0));
    }

    /// Return a renderer that keeps room for answers of so many tokens.
    public PromptRenderer forAnswersOf(int tokens) {
        return new PromptRenderer(bundle, encoder, maxTokens, tokens, overLength);
    }

    /// A prompt as the model gets it.
    ///
    /// @param demosRequested examples asked for
    /// @param demosKept      examples that stand in it
    /// @param cutTokens      tokens of the message that were cut away
    public record Prompt(Conversation conversation, int[] ids, int demosRequested, int demosKept, int cutTokens) {}

    public PromptBundle bundle() {
        return bundle;
    }

    public ChatEncoder encoder() {
        return encoder;
    }

    /// Render a message with no examples.
    public Prompt prompt(String message) {
        return prompt(message, List.of());
    }

    /// Render a message of one text, which fills the only field of the template.
    ///
    /// @throws UserError `prompt.field` when the template has several
    public Prompt prompt(String message, List<Demo> demos) {
        return prompt(bundle.fieldsOf(message), demos);
    }

    /// Render a message after examples of which the last fits best.
    ///
    /// @throws UserError `prompt.too-long` when the message alone does not fit
    public Prompt prompt(Map<String, String> message, List<Demo> demos) {
        return prompt(message, DemoSelector.Chosen.lastBest(demos));
    }

    /// Render a message after examples, which stand in the order given; where not all fit, those that fit the message
    /// least are left out first.
    ///
    /// @throws UserError `prompt.too-long` when the message alone does not fit
    public Prompt prompt(Map<String, String> message, DemoSelector.Chosen chosen) {
        int requested = chosen.wanted();
        int limit = maxTokens - room();
        Conversation bare = conversation(message, List.of());
        int[] bareIds = encoder.promptIds(bare);
        if (bareIds.length > limit) return cut(message, bareIds.length - limit, requested);
        int demoLimit = bundle.demos().maxTokens() == 0
                ? limit
                : Math.min(limit, bareIds.length + bundle.demos().maxTokens());
        for (DemoSelector.Chosen kept = chosen; !kept.demos().isEmpty(); kept = kept.withoutWorst()) {
            Conversation conversation = conversation(message, kept.demos());
            int[] ids = encoder.promptIds(conversation);
            if (ids.length <= demoLimit)
                return new Prompt(conversation, ids, requested, kept.demos().size(), 0);
        }
        return new Prompt(bare, bareIds, requested, 0, 0);
    }

    /// Encode a message and its answer for training.
    public EncodedRow row(String message, String answer) {
        Prompt prompt = prompt(message);
        return new EncodedRow(prompt.ids(), completion(answer));
    }

    /// Encode an answer and the token that ends it.
    public int[] completion(String answer) {
        return encoder.encode(Conversation.of(Message.user("?")).with(Message.assistant(answer)))
                .completionIds();
    }

    /// Encode the rest of an answer that has begun, and the token that ends it.
    public int[] continuation(String rest) {
        int[] ids = encoder.tokenizer().encodeBehind(rest);
        OptionalInt end = encoder.endOfTurnId();
        if (end.isEmpty()) return ids;
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = end.getAsInt();
        return ended;
    }

    /// Return a prompt as the model gets it, with the template's marks.
    public String text(Prompt prompt) {
        return encoder.template().render(prompt.conversation(), true).text();
    }

    /// Encode the answers of all labels, in the bundle's order.
    ///
    /// @throws UserError `labels.empty`
    public List<int[]> labelCompletions() {
        return bundle.labels().stream().map(this::labelCompletion).toList();
    }

    private static UserError noWords(String label) {
        return new UserError(
                "labels.empty",
                "what is written for the label '" + label + "' has no tokens",
                "an answer of nothing says nothing",
                "give it a word: 'words' in the task's file");
    }

    /// Encode what is written for a label behind words that announce it, and the token that ends it.
    ///
    /// @throws UserError `labels.empty` where that is nothing
    public int[] announcedCompletion(String label) {
        String word = bundle.word(label);
        if (word.isBlank()) throw noWords(label);
        return continuation(" " + word);
    }

    /// Encode what is written for a label, and the token that ends it.
    ///
    /// @throws UserError `labels.empty` where that is nothing
    public int[] labelCompletion(String label) {
        int[] ids = completion(bundle.word(label));
        if (ids.length == 0 || Arrays.equals(ids, completion(""))) throw noWords(label);
        return ids;
    }

    /// Tokens kept free for the answer: those of the longest label, or those that were asked for.
    private int room() {
        if (room < 0)
            room = labelCompletions().stream().mapToInt(ids -> ids.length).max().orElse(0);
        return room;
    }

    private Conversation conversation(Map<String, String> message, List<Demo> demos) {
        List<Message> messages = new ArrayList<>();
        String system = bundle.systemText();
        if (!system.isEmpty()) messages.add(Message.system(system));
        switch (bundle.demos().layout()) {
            case TURNS -> {
                for (Demo demo : demos) {
                    messages.add(Message.user(bundle.userText(demo.values())));
                    messages.add(Message.assistant(bundle.demoAnswer(demo)));
                }
                messages.add(Message.user(bundle.userText(message)));
            }
            case BLOCK -> {
                var text = new StringBuilder();
                for (Demo demo : demos)
                    text.append(bundle.userText(demo.values()))
                            .append(bundle.outputPrefix().isEmpty() ? "\n" : " ")
                            .append(bundle.demoAnswer(demo))
                            .append(bundle.demos().delimiter());
                messages.add(Message.user(text.append(bundle.userText(message)).toString()));
            }
        }
        return Conversation.of(messages);
    }

    /// Cut whole tokens off the left end of the message's longest field until the prompt fits.
    private Prompt cut(Map<String, String> message, int excess, int demosRequested) {
        Map.Entry<String, String> longest = Template.of(bundle.inputTemplate()).fields().stream()
                .map(field -> Map.entry(field, message.getOrDefault(field, "")))
                .max(Comparator.comparingInt(field -> field.getValue().length()))
                .orElseThrow();
        Tokenizer tokenizer = encoder.tokenizer();
        Map<String, String> shorter = new LinkedHashMap<>(message);
        Optional<LeftCut<Prompt>> cut = overLength == OverLength.CUT
                ? LeftCut.fit(
                        tokenizer,
                        longest.getValue(),
                        excess,
                        text -> {
                            shorter.put(longest.getKey(), text);
                            Conversation conversation = conversation(shorter, List.of());
                            return new Prompt(conversation, encoder.promptIds(conversation), demosRequested, 0, 0);
                        },
                        prompt -> prompt.ids().length <= maxTokens - room())
                : Optional.empty();
        return cut.map(found ->
                        new Prompt(found.made().conversation(), found.made().ids(), demosRequested, 0, found.tokens()))
                .orElseThrow(() -> new UserError(
                        "prompt.too-long",
                        "a message of " + tokenizer.encode(longest.getValue()).length + " tokens is " + excess
                                + " tokens too long for the context of " + maxTokens,
                        "the model cannot read it whole",
                        "shorten it, or use --over-length cut to drop its beginning"));
    }
}
