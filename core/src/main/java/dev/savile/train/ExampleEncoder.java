package dev.savile.train;

import dev.savile.common.UserError;
import dev.savile.data.Example;
import dev.savile.text.ChatEncoder;
import dev.savile.text.Conversation;
import dev.savile.text.LeftCut;
import dev.savile.text.MaskedRow;
import dev.savile.text.Message;
import dev.savile.text.RawEncoder;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Turn examples into token ids and marks of what is to be learned.
///
/// Prompt and completion become a user's and an assistant's turn of the model's chat template, or, raw, two bare
/// texts. Of conversations all answers are learned that the data does not exclude, to the token. Plain text is cut
/// into pieces that fit; all of it is learned.
public final class ExampleEncoder {
    private final ChatEncoder encoder;
    private final Settings settings;

    /// How rows are encoded.
    ///
    /// @param maxTokens  longest row; plain text is cut into pieces of this length
    /// @param raw        leave out the chat template
    /// @param everything learn the prompt as well
    /// @param cut        shorten rows that are too long: their prompts at the left end, conversations by their
    ///                   oldest turns; else they are left out
    public record Settings(int maxTokens, boolean raw, boolean everything, boolean cut) {
        public Settings {
            if (maxTokens < 2)
                throw new UserError(
                        "train.max-tokens",
                        "rows of at most " + maxTokens + " tokens hold nothing to learn",
                        "a token is predicted from those before it",
                        "use 512");
        }
    }

    public ExampleEncoder(ChatEncoder encoder, Settings settings) {
        this.encoder = encoder;
        this.settings = settings;
    }

    /// Encode rows. Those that do not fit and those without a token to learn are left out.
    ///
    /// @throws UserError `train.too-long`, `train.unlearned` when they are more than 5 %; those of [ChatEncoder]
    public EncodedRows encode(List<Example> examples) {
        List<TrainingRow> rows = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        List<RowPlace> tooLong = new ArrayList<>();
        List<RowPlace> unlearned = new ArrayList<>();
        int cut = 0;
        for (Example example : examples) {
            RowPlace place = RowPlace.line(example.line());
            if (example instanceof Example.Text(String text, long _)) {
                for (TrainingRow piece : pieces(text)) {
                    rows.add(piece);
                    places.add(place);
                }
                continue;
            }
            TrainingRow row = row(example);
            if (row.learnedTokens() == 0 && !settings.everything) {
                unlearned.add(place);
                continue;
            }
            if (row.length() > settings.maxTokens) {
                TrainingRow shorter = settings.cut ? shortened(example, row) : row;
                if (shorter.length() > settings.maxTokens || shorter.learnedTokens() == 0) {
                    tooLong.add(place);
                    continue;
                }
                cut++;
                row = shorter;
            }
            rows.add(settings.everything ? MaskedRow.whole(row.ids()) : row);
            places.add(place);
        }
        return new EncodedRows(rows, places, tooLong, unlearned, cut)
                .requireMost(
                        examples.size(),
                        settings.maxTokens + " tokens",
                        "raise --set max-tokens, or use --over-length cut to shorten them");
    }

    private TrainingRow row(Example example) {
        return switch (example) {
            case Example.Completion(String prompt, String completion, long _)
            when settings.raw -> RawEncoder.encode(encoder.tokenizer(), prompt, completion, end());
            case Example.Completion(String prompt, String completion, long _) ->
                encoder.encode(Conversation.of(Message.user(prompt)).with(Message.assistant(completion)));
            case Example.Chat chat -> encoded(chat, chat.turns());
            case Example.Task task ->
                throw new UserError(
                        "train.task",
                        "the rows belong to the task '" + task.task() + "'",
                        "they become tokens by a template of their task",
                        "name a file of templates with --tasks");
            case Example.Text(String text, long _) ->
                MaskedRow.whole(encoder.tokenizer().encodeFirst(text));
        };
    }

    private TrainingRow encoded(Example.Chat chat, List<Example.Turn> turns) {
        return encoder.encodeAnswers(
                conversation(chat, turns), turn -> turns.get(turn).learned());
    }

    /// Return some turns of a row as the template takes them.
    public static Conversation conversation(Example.Chat chat, List<Example.Turn> turns) {
        List<Message> messages = turns.stream()
                .map(turn -> new Message(turn.role(), turn.content(), turn.fields()))
                .toList();
        return new Conversation(messages, chat.tools(), Map.of());
    }

    private String end() {
        return encoder.template().tokens().end();
    }

    /// Cut a prompt at its left end, a conversation by its oldest turns; the system's turn stays. An answer is
    /// never cut: a model would learn to stop in the middle.
    private TrainingRow shortened(Example example, TrainingRow row) {
        if (example instanceof Example.Chat chat) {
            List<Example.Turn> turns = new ArrayList<>(chat.turns());
            int first = turns.getFirst().role().equals("system") ? 1 : 0;
            TrainingRow shorter = row;
            while (shorter.length() > settings.maxTokens && turns.size() > first + 2) {
                turns.remove(first);
                while (turns.size() > first + 2 && !turns.get(first).role().equals("user")) turns.remove(first);
                shorter = encoded(chat, turns);
            }
            return shorter;
        }
        if (!(example instanceof Example.Completion(String prompt, String completion, long line))) return row;
        return LeftCut.fit(
                        encoder.tokenizer(),
                        prompt,
                        row.length() - settings.maxTokens,
                        text -> row(new Example.Completion(text, completion, line)),
                        shorter -> shorter.length() <= settings.maxTokens)
                .map(LeftCut::made)
                .orElse(row);
    }

    /// Cut a text into pieces, each of which begins as a text does; the last one ends with the token that ends a text.
    private List<MaskedRow> pieces(String text) {
        int[] lead = encoder.tokenizer().lead();
        int[] first = encoder.tokenizer().encodeFirst(text);
        int[] end = encoder.tokenizer().idOf(end()).stream().toArray();
        int[] rest = IntStream.concat(Arrays.stream(first, lead.length, first.length), Arrays.stream(end))
                .toArray();
        int room = Math.max(1, settings.maxTokens - lead.length);
        List<MaskedRow> pieces = new ArrayList<>();
        for (int from = 0; from < rest.length; from += room) {
            int[] own = Arrays.copyOfRange(rest, from, Math.min(rest.length, from + room));
            int[] piece =
                    IntStream.concat(Arrays.stream(lead), Arrays.stream(own)).toArray();
            if (piece.length > 1) pieces.add(MaskedRow.whole(piece)); // a single token is predicted from nothing
        }
        return pieces;
    }
}
