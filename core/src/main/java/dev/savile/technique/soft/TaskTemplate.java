package dev.savile.technique.soft;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.text.EncodedRow;
import dev.savile.text.LeftCut;
import dev.savile.text.MaskedRow;
import dev.savile.text.Tokenizer;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How a row of a task becomes tokens: text, fields of the row, and marks where virtual tokens stand.
///
///     <|VIRTUAL_PROMPT_0|> Context: {context} Question: {question} Answer: {answer}
///
/// Field names of the JSON are NeMo's. Values are put in once, as they are: braces and marks in them stay literal. Text
/// between two marks is encoded as one segment, and so is the answer, so that its tokens are known exactly.
///
/// @param name          of the task
/// @param template      text with `{field}` and `<|VIRTUAL_PROMPT_i|>`, the marks numbered from 0 in order
/// @param tokens        virtual tokens of all marks
/// @param splits        virtual tokens of each mark
/// @param truncateField field that is shortened, at its left end, when a row is too long; null to refuse such rows
/// @param answerOnly    whether only the answer is learned; else all text is
/// @param answerField   field that the model is to write; null when all text is learned
/// @param bosPosition   where the token stands that begins a text, with a tokenizer that puts one before every text;
///                      null for behind the virtual tokens
public record TaskTemplate(
        @JsonProperty("taskname") String name,
        @JsonProperty("prompt_template") String template,
        @JsonProperty("total_virtual_tokens") int tokens,
        @JsonProperty("virtual_token_splits") List<Integer> splits,
        @JsonProperty("truncate_field") @Nullable String truncateField,
        @JsonProperty("answer_only_loss") boolean answerOnly,
        @JsonProperty("answer_field") @Nullable String answerField,

        @JsonProperty("bosPosition") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        BosPosition bosPosition) {
    private static final Pattern PIECE = Pattern.compile("<\\|VIRTUAL_PROMPT_(\\d+)\\|>|\\{([A-Za-z_][\\w-]*)\\}");

    /// Where the token that begins a text stands; both are the same for a template that begins with text.
    public enum BosPosition {
        /// Behind the virtual tokens that the template begins with, as PEFT has it.
        @JsonProperty("after_virtual")
        AFTER_VIRTUAL,
        /// At the very front, as NeMo has it.
        @JsonProperty("before_virtual")
        BEFORE_VIRTUAL
    }

    /// A piece of the template.
    private sealed interface Piece {
        record Text(String text) implements Piece {}

        record Field(String name) implements Piece {}

        record Virtual(int split) implements Piece {}
    }

    public TaskTemplate {
        splits = List.copyOf(splits);
        SoftSizes.requireTokens(tokens);
        if (!name.matches("[A-Za-z0-9][\\w.-]{0,63}"))
            throw refused(
                    name, "its name is no folder's name", "use up to 64 letters, digits, dots, dashes, underscores");
        List<Piece> pieces = pieces(template);
        List<Integer> marks = pieces.stream()
                .filter(Piece.Virtual.class::isInstance)
                .map(piece -> ((Piece.Virtual) piece).split())
                .toList();
        if (!marks.equals(IntStream.range(0, splits.size()).boxed().toList()))
            throw refused(
                    name,
                    "its template has the marks " + marks + " for " + splits.size() + " splits",
                    "write <|VIRTUAL_PROMPT_0|>, <|VIRTUAL_PROMPT_1|> and so on, in order, one for each split");
        int sum = splits.stream().mapToInt(Integer::intValue).sum();
        if (sum != tokens || splits.stream().anyMatch(split -> split < 1))
            throw refused(
                    name,
                    "its splits " + splits + " do not add up to " + tokens + " virtual tokens",
                    "make them add up, each at least 1");
        if (answerOnly && (answerField == null || !template.endsWith("{" + answerField + "}")))
            throw refused(
                    name,
                    "only its answer is to be learned, and its template does not end with the answer's field",
                    "end it with {answer} and set answer_field to answer");
        if (answerOnly && answerField != null && answerField.equals(truncateField))
            throw refused(name, "its answer would be shortened", "name another truncate_field");
    }

    private static UserError refused(String name, String what, String fix) {
        return new UserError(
                "task.template", "the task '" + name + "': " + what, "its rows could not be made into tokens", fix);
    }

    private static List<Piece> pieces(String template) {
        List<Piece> pieces = new ArrayList<>();
        Matcher matcher = PIECE.matcher(template);
        int from = 0;
        while (matcher.find()) {
            if (matcher.start() > from) pieces.add(new Piece.Text(template.substring(from, matcher.start())));
            pieces.add(
                    matcher.group(1) != null
                            ? new Piece.Virtual(Integer.parseInt(matcher.group(1)))
                            : new Piece.Field(matcher.group(2)));
            from = matcher.end();
        }
        if (from < template.length()) pieces.add(new Piece.Text(template.substring(from)));
        return pieces;
    }

    /// Whether another template makes the same rows: one that leaves `bosPosition` away means behind the virtual
    /// tokens.
    public boolean makesSame(TaskTemplate other) {
        return at(BosPosition.AFTER_VIRTUAL).equals(other.at(BosPosition.AFTER_VIRTUAL));
    }

    private TaskTemplate at(BosPosition absent) {
        return bosPosition != null
                ? this
                : new TaskTemplate(name, template, tokens, splits, truncateField, answerOnly, answerField, absent);
    }

    /// Return the same template for a task of another name.
    public TaskTemplate named(String other) {
        return new TaskTemplate(other, template, tokens, splits, truncateField, answerOnly, answerField, bosPosition);
    }

    /// Names of the fields, sorted.
    public TreeSet<String> fields() {
        var fields = new TreeSet<String>();
        for (Piece piece : pieces(template)) if (piece instanceof Piece.Field(String field)) fields.add(field);
        return fields;
    }

    /// Encode a row to train on.
    ///
    /// @param row       values by field
    /// @param firstId    id of the task's first virtual token
    /// @param vocabulary ids at or above it are virtual, and never learned
    /// @param maxTokens  longest row
    /// @param end       token that ends an answer; negative for none
    /// @return null when the row is too long and cannot be shortened
    /// @throws UserError `task.field` for a field that is missing, or that the template does not have
    public @Nullable TrainingRow encode(
            Map<String, String> row, Tokenizer tokenizer, int firstId, int vocabulary, int maxTokens, int end) {
        for (String field : row.keySet())
            if (!fields().contains(field))
                throw new UserError(
                        "task.field",
                        "a row of the task '" + name + "' has the field '" + field + "', its template does not",
                        "what stands in it would be lost",
                        Nearest.to(field, fields())
                                        .map(near -> "did you mean " + near + "? ")
                                        .orElse("") + "the template has: " + String.join(", ", fields()));
        for (String field : fields())
            if (!row.containsKey(field))
                throw new UserError(
                        "task.field",
                        "a row of the task '" + name + "' has no field '" + field + "'",
                        "its template needs it",
                        "add it to the row");
        TrainingRow whole = row(row, tokenizer, firstId, vocabulary, end);
        if (whole.length() <= maxTokens) return whole;
        String shortened = truncateField;
        if (shortened == null) return null;
        var shorter = new TreeMap<>(row);
        return LeftCut.fit(
                        tokenizer,
                        String.valueOf(row.get(shortened)),
                        whole.length() - maxTokens,
                        text -> {
                            shorter.put(shortened, text);
                            return row(shorter, tokenizer, firstId, vocabulary, end);
                        },
                        fitting -> fitting.length() <= maxTokens)
                .map(LeftCut::made)
                .orElse(null);
    }

    private TrainingRow row(Map<String, String> row, Tokenizer tokenizer, int firstId, int vocabulary, int end) {
        RowIds ids = ids(row, tokenizer, firstId, answerOnly);
        int[] prompt = ids.all();
        if (!answerOnly) {
            int[] whole = end < 0 ? prompt : append(prompt, end);
            boolean[] learned = new boolean[whole.length];
            // Virtual tokens are given, and so is what stands before every text.
            for (int i = 0; i < whole.length; i++) learned[i] = whole[i] < vocabulary && !ids.isLead(i);
            return new MaskedRow(whole, learned);
        }
        int[] answer = tokenizer.encodeBehind(seam() + row.get(String.valueOf(answerField)));
        return new EncodedRow(prompt, end < 0 ? answer : append(answer, end));
    }

    private static int[] append(int[] ids, int end) {
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = end;
        return ended;
    }

    /// Encode a row that is to be answered. A field that is missing is left blank.
    public int[] promptIds(Map<String, String> row, Tokenizer tokenizer, int firstId) {
        return ids(row, tokenizer, firstId, answerField != null).all();
    }

    /// Blanks that stand right before the answer: they go to its front, as everywhere.
    private String seam() {
        String before = template.substring(0, template.length() - ("{" + answerField + "}").length());
        return before.substring(before.stripTrailing().length()).replaceAll("[^ ]", "");
    }

    private RowIds ids(Map<String, String> row, Tokenizer tokenizer, int firstId, boolean withoutAnswer) {
        var ids = new RowIds(tokenizer, bosPosition == BosPosition.BEFORE_VIRTUAL);
        var text = new StringBuilder();
        int next = firstId;
        for (Piece piece : pieces(template)) {
            switch (piece) {
                case Piece.Text(String literal) -> text.append(literal);
                case Piece.Field(String field) -> {
                    if (!(withoutAnswer && field.equals(answerField))) text.append(row.getOrDefault(field, ""));
                }
                case Piece.Virtual(int split) -> {
                    ids.text(text.toString());
                    text.setLength(0);
                    for (int i = 0; i < splits.get(split); i++) ids.virtual(next++);
                }
            }
        }
        String rest = withoutAnswer ? text.toString().stripTrailing() : text.toString();
        ids.text(rest);
        ids.end();
        return ids;
    }

    /// The ids of a row while it is put together: what the tokenizer puts before a text stands once, at the front or
    /// before the first text.
    private static final class RowIds {
        private static final int NOT_BEGUN = -1;

        private final Tokenizer tokenizer;
        private final List<Integer> ids = new ArrayList<>();
        /// Where the lead stands.
        private int begun = NOT_BEGUN;

        RowIds(Tokenizer tokenizer, boolean leadFirst) {
            this.tokenizer = tokenizer;
            if (leadFirst) begin("");
        }

        void virtual(int id) {
            ids.add(id);
        }

        void text(String text) {
            if (text.isEmpty()) return;
            if (begun == NOT_BEGUN) begin(text);
            else Arrays.stream(tokenizer.encodeBehind(text)).forEach(ids::add);
        }

        private void begin(String text) {
            begun = ids.size();
            Arrays.stream(tokenizer.encodeFirst(text)).forEach(ids::add);
        }

        /// A row of virtual tokens alone begins, too.
        void end() {
            if (begun == NOT_BEGUN) begin("");
        }

        boolean isLead(int place) {
            return place >= begun && place < begun + tokenizer.lead().length;
        }

        int[] all() {
            return ids.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
