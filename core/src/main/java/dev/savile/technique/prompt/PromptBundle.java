package dev.savile.technique.prompt;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Everything that turns a message into a prompt, and a written text into an answer: a customization of its own, and
/// a part of every trained one, so that the same prompt trains, scores and serves.
///
/// @param schema        version of this layout
/// @param system        system text; empty for none
/// @param instruction   what to do, written after the system text
/// @param inputTemplate the user's turn; `{text}`, or the names of other fields, stand for the message
/// @param outputPrefix  words that announce the answer, such as `Answer:`; a part of the prompt, never of an answer
/// @param labels        the answers there are, in a fixed order; empty when the answer is free text
/// @param words         what is written for a label, where that is not its name
/// @param listLabels    whether the labels' names stand in the prompt
/// @param demos         worked examples and how they are chosen
/// @param reasoning     whether the way to the answer is asked for first
/// @param answers       how an answer is read off a written text: pipelines by name, each with `extract` and
///                      `normalise`; empty for what goes with the kind of answer
/// @param prior         what each label gets without a message, which answers are divided by; null for nothing
/// @param decoding      how free answers are written
public record PromptBundle(
        int schema,
        String system,
        String instruction,
        String inputTemplate,
        String outputPrefix,
        List<String> labels,
        Map<String, String> words,
        boolean listLabels,
        Demos demos,
        Reasoning reasoning,
        Map<String, Object> answers,
        @Nullable LabelPrior prior,
        Decoding decoding) {
    public static final int SCHEMA = 2;
    /// The field that stands for a message of one text.
    public static final String TEXT = "text";

    /// Prompts before this layout knew the message as one text only.
    private static final int FIRST_SCHEMA = 1;

    /// Above this many labels a trained model's prompt leaves their names out: it has learned them, and they would
    /// cost more than the message itself.
    public static final int MAX_LISTED_WHEN_TRAINED = 20;

    /// How worked examples stand in the prompt.
    public enum Layout {
        /// Each as a turn of the user and one of the assistant.
        TURNS,
        /// All before the message, in the user's turn.
        BLOCK
    }

    /// Worked examples in front of the message.
    ///
    /// @param strategy  how they are chosen, an id of [DemoStrategy]
    /// @param count     number of examples
    /// @param seed      of the strategies that draw
    /// @param maxTokens tokens that all examples may take together; whole examples are dropped above it; 0 for the
    ///     context
    /// @param pool      examples to choose from
    /// @param order     the order in which the chosen stand
    /// @param layout    how they stand in the prompt
    /// @param delimiter between examples in a block
    /// @param encoder   of strategies by meaning: the id of a [SentenceEncoder], or empty for the base model's own
    ///     hidden states; not written where it is empty
    public record Demos(
            String strategy,
            int count,
            long seed,
            int maxTokens,
            List<Demo> pool,
            DemoOrder order,
            Layout layout,
            String delimiter,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String encoder) {
        public Demos(
                String strategy,
                int count,
                long seed,
                int maxTokens,
                List<Demo> pool,
                @Nullable DemoOrder order,
                @Nullable Layout layout,
                @Nullable String delimiter,
                @Nullable String encoder) {
            this.strategy = strategy;
            this.count = count;
            this.seed = seed;
            this.maxTokens = maxTokens;
            this.pool = List.copyOf(pool);
            this.order = order != null ? order : DemoOrder.usual(DemoStrategy.of(strategy));
            this.layout = Objects.requireNonNullElse(layout, Layout.TURNS);
            this.delimiter = Objects.requireNonNullElse(delimiter, "\n\n");
            this.encoder = Objects.requireNonNullElse(encoder, "");
            if (count < 0)
                throw new UserError(
                        "prompt.demos",
                        "the number of examples must not be negative, got " + count,
                        "a prompt cannot hold fewer than none",
                        "use 4");
        }

        /// Examples as turns, in the strategy's usual order.
        public Demos(String strategy, int count, long seed, int maxTokens, List<Demo> pool) {
            this(strategy, count, seed, maxTokens, pool, null, null, null, null);
        }

        /// Examples that a prompt has where all of them fit.
        public int wanted() {
            return Math.min(count, pool.size());
        }

        /// Choose in the same way from other examples.
        public Demos from(List<Demo> others) {
            return new Demos(strategy, count, seed, maxTokens, others, order, layout, delimiter, encoder);
        }

        public static Demos none() {
            return new Demos("none", 0, 0, 0, List.of());
        }
    }

    /// How a free answer is written.
    ///
    /// @param maxTokens most tokens of an answer
    /// @param stop      texts that end it
    /// @param form      what it is held to; null for a free answer, and then not written
    /// @param topK      likeliest tokens that are drawn from; null for all, and then not written
    /// @param repetitionPenalty makes tokens that are there already less likely; null for none, likewise
    public record Decoding(
            int maxTokens,
            List<String> stop,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            AnswerForm form,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Integer topK,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double repetitionPenalty) {
        private static final int DEFAULT_MAX_TOKENS = 256;

        public Decoding {
            stop = List.copyOf(stop);
            if (topK != null && topK < 0) throw wrong("top-k is " + topK, "0 or more");
            if (repetitionPenalty != null && !(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY))
                throw wrong("the repetition penalty is " + repetitionPenalty, "above 0");
            if (topK != null && topK == 0) topK = null; // what limits nothing gives no other digest
            if (repetitionPenalty != null && repetitionPenalty == 1) repetitionPenalty = null;
        }

        private static UserError wrong(String what, String rule) {
            return new UserError(
                    "prompt.decoding",
                    what + ", it must be " + rule,
                    "no token could be chosen by it",
                    "leave it away for none");
        }

        /// Write freely.
        public Decoding(int maxTokens, List<String> stop) {
            this(maxTokens, stop, null, null, null);
        }

        /// Hold the answer to a form; null to none.
        public Decoding heldTo(@Nullable AnswerForm other) {
            return new Decoding(maxTokens, stop, other, topK, repetitionPenalty);
        }

        public Decoding limitedTo(int tokens) {
            return new Decoding(tokens, stop, form, topK, repetitionPenalty);
        }

        public Decoding endedBy(List<String> texts) {
            return new Decoding(maxTokens, texts, form, topK, repetitionPenalty);
        }

        /// Choose tokens so; null for all of them, and for no penalty.
        public Decoding choosing(@Nullable Integer fromLikeliest, @Nullable Double penalty) {
            return new Decoding(maxTokens, stop, form, fromLikeliest, penalty);
        }

        public static Decoding usual() {
            return new Decoding(DEFAULT_MAX_TOKENS, List.of());
        }
    }

    public PromptBundle(
            int schema,
            String system,
            String instruction,
            String inputTemplate,
            @Nullable String outputPrefix,
            List<String> labels,
            @Nullable Map<String, String> words,
            boolean listLabels,
            Demos demos,
            @Nullable Reasoning reasoning,
            @Nullable Map<String, Object> answers,
            @Nullable LabelPrior prior,
            @Nullable Decoding decoding) {
        if (schema < FIRST_SCHEMA || schema > SCHEMA)
            throw new UserError(
                    "prompt.schema",
                    "this prompt bundle has the layout " + schema + ", known are " + FIRST_SCHEMA + " to " + SCHEMA,
                    "reading it by the wrong rules would change the prompt",
                    "update Savile");
        this.schema = SCHEMA;
        this.system = system;
        this.instruction = instruction;
        this.inputTemplate = inputTemplate;
        this.outputPrefix = Objects.requireNonNullElse(outputPrefix, "");
        this.labels = List.copyOf(labels);
        this.words = words == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(words));
        this.listLabels = listLabels;
        this.demos = demos;
        this.reasoning = Objects.requireNonNullElse(reasoning, Reasoning.none());
        this.answers = answers == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(answers));
        this.prior = prior;
        this.decoding = Objects.requireNonNullElse(decoding, Decoding.usual());
        if (Template.of(inputTemplate).fields().isEmpty())
            throw new UserError(
                    "prompt.template",
                    "the input template '" + inputTemplate + "' has no {" + TEXT + "} or other field",
                    "the message would not reach the model",
                    "put {" + TEXT + "}, or the name of a column in braces, where the message belongs");
        for (String label : this.words.keySet())
            if (!this.labels.contains(label))
                throw new UserError(
                        "prompt.words",
                        "words are given for '" + label + "', which is no label",
                        "they would never be written",
                        "the labels are: " + String.join(", ", this.labels));
        if (prior != null) prior.require(this.labels);
        if (this.decoding.form() != null && this.reasoning.reasons())
            throw new UserError(
                    "prompt.form",
                    "the answer is held to a form, and the way to it is to be written first",
                    "a form holds all that is written, and leaves no place for the way",
                    "leave one of the two away, or give the way a place in the form");
    }

    /// A bundle to be changed.
    public static final class Draft {
        private String system;
        private String instruction;
        private String inputTemplate;
        private String outputPrefix;
        private List<String> labels;
        private Map<String, String> words;
        private boolean listLabels;
        private Demos demos;
        private Reasoning reasoning;
        private Map<String, Object> answers;
        private @Nullable LabelPrior prior;
        private Decoding decoding;

        private Draft(PromptBundle from) {
            system = from.system;
            instruction = from.instruction;
            inputTemplate = from.inputTemplate;
            outputPrefix = from.outputPrefix;
            labels = from.labels;
            words = from.words;
            listLabels = from.listLabels;
            demos = from.demos;
            reasoning = from.reasoning;
            answers = from.answers;
            prior = from.prior;
            decoding = from.decoding;
        }

        public Draft system(String text) {
            system = text;
            return this;
        }

        public Draft instruction(String text) {
            instruction = text;
            return this;
        }

        public Draft inputTemplate(String text) {
            inputTemplate = text;
            return this;
        }

        public Draft outputPrefix(String text) {
            outputPrefix = text;
            return this;
        }

        /// @param listed whether their names stand in the prompt
        public Draft labels(List<String> names, boolean listed) {
            labels = names;
            listLabels = listed;
            return this;
        }

        public Draft words(Map<String, String> byLabel) {
            words = byLabel;
            return this;
        }

        public Draft demos(Demos chosen) {
            demos = chosen;
            return this;
        }

        public Draft reasoning(Reasoning way) {
            reasoning = way;
            return this;
        }

        public Draft answers(Map<String, Object> chains) {
            answers = chains;
            return this;
        }

        public Draft prior(@Nullable LabelPrior measured) {
            prior = measured;
            return this;
        }

        public Draft decoding(Decoding how) {
            decoding = how;
            return this;
        }

        public PromptBundle done() {
            return new PromptBundle(
                    SCHEMA,
                    system,
                    instruction,
                    inputTemplate,
                    outputPrefix,
                    labels,
                    words,
                    listLabels,
                    demos,
                    reasoning,
                    answers,
                    prior,
                    decoding);
        }
    }

    /// Return a copy to be changed.
    public Draft change() {
        return new Draft(this);
    }

    /// Return the usual prompt for sorting messages into labels.
    public static PromptBundle classification(List<String> labels, boolean listLabels) {
        return plain().change()
                .instruction("Sort the user's message into a category. Answer with the name of the category and"
                        + " nothing else.")
                .labels(labels, listLabels)
                .done();
    }

    /// Return the prompt that is the message alone, for answers in free text.
    public static PromptBundle plain() {
        return new PromptBundle(
                SCHEMA,
                "",
                "",
                "{" + TEXT + "}",
                "",
                List.of(),
                Map.of(),
                false,
                Demos.none(),
                Reasoning.none(),
                Map.of(),
                null,
                Decoding.usual());
    }

    /// Return the bundle that a trained arm uses.
    public static PromptBundle trainedClassification(List<String> labels) {
        return classification(labels, labels.size() <= MAX_LISTED_WHEN_TRAINED);
    }

    public PromptBundle withDemos(Demos chosen) {
        return change().demos(chosen).done();
    }

    /// What is written for a label.
    public String word(String label) {
        return words.getOrDefault(label, label);
    }

    /// Return the text of the system turn.
    public String systemText() {
        var text = new StringBuilder(system.strip());
        if (!instruction.isBlank()) text.append(text.isEmpty() ? "" : "\n").append(instruction.strip());
        if (listLabels && !labels.isEmpty())
            text.append(text.isEmpty() ? "" : "\n")
                    .append("Categories: ")
                    .append(String.join(", ", labels.stream().map(this::word).toList()));
        return text.toString();
    }

    /// The names of the fields that a message gives, in the order of the template.
    public List<String> inputFields() {
        return Template.of(inputTemplate).fields();
    }

    /// Return the fields of a message that is one text: it fills the template's only field, whatever its name.
    ///
    /// @throws UserError `prompt.field` when the template has several
    public Map<String, String> fieldsOf(String message) {
        List<String> fields = inputFields();
        if (fields.size() > 1)
            throw new UserError(
                    "prompt.field",
                    "the prompt asks for {" + String.join("}, {", fields) + "}, the message is one text",
                    "it cannot be told which part of it belongs where",
                    "give each: "
                            + String.join(
                                    " ",
                                    fields.stream()
                                            .map(field -> "--field " + field + "=...")
                                            .toList())
                            + " (savile generate); rows with these columns are asked with savile eval --task");
        return Map.of(fields.getFirst(), message);
    }

    /// Return the message as the user's turn has it, without what announces the answer.
    ///
    /// @throws UserError `prompt.field`
    public String inputText(Map<String, String> values) {
        return Template.of(inputTemplate).render(values);
    }

    /// Return the text of the user's turn: the message, what asks for reasoning, what announces the answer.
    String userText(Map<String, String> values) {
        var text = new StringBuilder(inputText(values));
        if (!reasoning.trigger().isEmpty()) text.append('\n').append(reasoning.trigger());
        if (!outputPrefix.isEmpty()) text.append('\n').append(outputPrefix);
        return text.toString();
    }

    /// Return the answer that a worked example shows.
    String demoAnswer(Demo demo) {
        String word = word(demo.label());
        if (!reasoning.reasons() || demo.rationale().isBlank()) return word;
        return demo.rationale().strip() + " " + reasoning.conclusion() + word;
    }

    /// Return the SHA-256 of the bundle's canonical JSON.
    @JsonIgnore
    public String digest() {
        return Digest.ofText(Json.canonical(this));
    }
}
