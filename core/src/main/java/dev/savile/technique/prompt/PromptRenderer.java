package dev.savile.technique.prompt;

import dev.savile.common.UserError;
import dev.savile.text.ChatEncoder;
import dev.savile.text.Conversation;
import dev.savile.text.EncodedRow;
import dev.savile.text.Encoding;
import dev.savile.text.Message;
import java.util.ArrayList;
import java.util.List;

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
    private int longestLabel = -1;

    /// @param maxTokens tokens that prompt and answer may take together
    public PromptRenderer(PromptBundle bundle, ChatEncoder encoder, int maxTokens, OverLength overLength) {
        this.bundle = bundle;
        this.encoder = encoder;
        this.maxTokens = maxTokens;
        this.overLength = overLength;
    }

    /// A prompt as the model gets it.
    ///
    /// @param demosRequested examples chosen
    /// @param demosKept      examples that fitted
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

    /// Render a message after examples, which stand in the order given; the last is nearest to the message and
    /// dropped last.
    ///
    /// @throws UserError `prompt.too-long` when the message alone does not fit
    public Prompt prompt(String message, List<Demo> demos) {
        int limit = maxTokens - longestLabel();
        Conversation bare = conversation(message, List.of());
        int[] bareIds = encoder.promptIds(bare);
        if (bareIds.length > limit) return cut(message, bareIds.length - limit, demos.size());
        int demoLimit = bundle.demos().maxTokens() == 0
                ? limit
                : Math.min(limit, bareIds.length + bundle.demos().maxTokens());
        for (int dropped = 0; dropped < demos.size(); dropped++) {
            List<Demo> kept = demos.subList(dropped, demos.size());
            Conversation conversation = conversation(message, kept);
            int[] ids = encoder.promptIds(conversation);
            if (ids.length <= demoLimit) return new Prompt(conversation, ids, demos.size(), kept.size(), 0);
        }
        return new Prompt(bare, bareIds, demos.size(), 0, 0);
    }

    /// Encode a message and its answer for training.
    public EncodedRow row(String message, String answer) {
        Prompt prompt = prompt(message);
        return new EncodedRow(prompt.ids(), completion(answer));
    }

    /// Encode an answer and the token that ends it.
    public int[] completion(String answer) {
        return encoder.encode(conversation("?", List.of()).with(Message.assistant(answer)))
                .completionIds();
    }

    /// Encode the answers of all labels, in the bundle's order.
    public List<int[]> labelCompletions() {
        return bundle.labels().stream().map(this::completion).toList();
    }

    private int longestLabel() {
        if (longestLabel < 0)
            longestLabel = labelCompletions().stream()
                    .mapToInt(ids -> ids.length)
                    .max()
                    .orElse(0);
        return longestLabel;
    }

    private Conversation conversation(String message, List<Demo> demos) {
        List<Message> messages = new ArrayList<>();
        String system = bundle.systemText();
        if (!system.isEmpty()) messages.add(Message.system(system));
        for (Demo demo : demos) {
            messages.add(Message.user(bundle.userText(demo.text())));
            messages.add(Message.assistant(demo.label()));
        }
        messages.add(Message.user(bundle.userText(message)));
        return Conversation.of(messages);
    }

    /// Cut whole tokens off the message's left end until the prompt fits; a cut can join pieces anew, so the
    /// length is measured.
    private Prompt cut(String message, int excess, int demosRequested) {
        Encoding pieces = encoder.tokenizer().encodeWithSpans(message);
        for (int cut = excess; overLength == OverLength.CUT && cut < pieces.length(); cut++) {
            Conversation conversation = conversation(message.substring(pieces.starts()[cut]), List.of());
            int[] ids = encoder.promptIds(conversation);
            if (ids.length <= maxTokens - longestLabel()) return new Prompt(conversation, ids, demosRequested, 0, cut);
        }
        throw new UserError(
                "prompt.too-long",
                "a message of " + pieces.length() + " tokens is " + excess + " tokens too long for the context of "
                        + maxTokens,
                "the model cannot read it whole",
                "shorten it, or use --over-length cut to drop its beginning");
    }
}
