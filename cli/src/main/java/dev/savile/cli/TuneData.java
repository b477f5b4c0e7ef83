package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.data.Duplicates;
import dev.savile.data.Example;
import dev.savile.data.ExampleData;
import dev.savile.data.ExampleKind;
import dev.savile.data.ExampleReader;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.Rng;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.TaskIds;
import dev.savile.text.ChatEncoder;
import dev.savile.text.TrainingRow;
import dev.savile.train.EncodedRows;
import dev.savile.train.ExampleEncoder;
import dev.savile.train.TaskEncoder;
import dev.savile.train.TuneJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The rows that a training is given, of whatever kind, and those to validate on.
sealed interface TuneData permits TuneData.Labelled, TuneData.Examples, MixedData {
    String source();

    List<String> warnings();

    /// SHA-256 of the rows that are trained on.
    String digest();

    /// The rows that are trained on.
    List<?> train();

    /// The rows that are validated on; empty for none.
    List<?> held();

    /// Those rows that are trained on and have a label.
    List<LabelledRow> labelled();

    /// The kinds of rows; empty for labelled texts.
    Set<ExampleKind> kinds();

    /// Return the same without rows that repeat one of others, or nearly so.
    TuneData apartFrom(TuneData others);

    /// The prompt that the customization will answer by.
    PromptBundle bundle();

    /// How rows become tokens.
    ///
    /// @param room      positions that a row may take up
    /// @param maxTokens longest row; 0 for what suits the kind
    /// @param tasks     that rows may belong to; null where rows of tasks are refused
    record RowEncoding(
            ChatEncoder encoder,
            int room,
            int maxTokens,
            @Nullable TaskIds tasks) {
        RowEncoding(ChatEncoder encoder, int room, int maxTokens) {
            this(encoder, room, maxTokens, null);
        }

        /// Return the longest row.
        ///
        /// @param usual where nothing else is said
        int longest(int usual) {
            return Math.min(maxTokens == 0 ? usual : maxTokens, room);
        }
    }

    /// Encode the rows that are trained on.
    EncodedRows train(RowEncoding how);

    /// Encode the rows that are validated on.
    EncodedRows validation(RowEncoding how);

    /// Encode the rows as a tuning over a base takes them, to score them by their loss.
    default List<? extends TrainingRow> scored(BaseModel base, Tuning tuning, int maxTokens) {
        int room = base.model().spec().maxPositions() - tuning.lead().length();
        return train(new RowEncoding(base.encoder(), room, maxTokens)).rows();
    }

    /// Read what the options name, with the rows of further files.
    ///
    /// @param also       `FILE` or `FILE=WEIGHT`
    /// @param validation a file, a share, or nothing
    static TuneData read(
            DataOptions options, ExampleOptions examples, List<String> also, Optional<String> validation, long seed) {
        TuneData first = read(options, examples, validation, seed);
        List<MixedData.Part> others = also.stream()
                .map(given -> MixedData.part(given, options, examples, seed))
                .toList();
        TuneData all = others.isEmpty() ? first : MixedData.of(first, others, seed);
        requireEffect(all, examples);
        return all;
    }

    /// Refuse options that none of the rows would follow.
    private static void requireEffect(TuneData data, ExampleOptions examples) {
        Set<ExampleKind> kinds = data.kinds();
        if (examples.raw && !kinds.contains(ExampleKind.COMPLETION) && !kinds.contains(ExampleKind.TEXT))
            throw new UserError(
                    "tune.raw",
                    "--raw has no effect on " + data.source(),
                    "it trains on bare texts; labelled texts and conversations are put into the chat template",
                    "leave it away, or give rows of prompt and completion");
        if (examples.learn == ExampleOptions.Learn.ALL && kinds.isEmpty())
            throw new UserError(
                    "tune.learn",
                    "--learn all has no effect on " + data.source(),
                    "of labelled texts the label alone is learned",
                    "leave it away, or name the columns with --map prompt=...,completion=...");
        if (!examples.names.isEmpty() && kinds.isEmpty())
            throw new UserError(
                    "tune.map",
                    "--map has no effect on " + data.source(),
                    "it names the fields of prompt and completion, conversations and plain text",
                    "name the columns of labelled texts with --text and --label, or set --kind");
    }

    /// Read what the options name.
    ///
    /// @param validation a file, a share, or nothing
    static TuneData read(DataOptions options, ExampleOptions examples, Optional<String> validation, long seed) {
        Path file = Rows.file(options);
        Optional<ExampleKind> kind = kind(file, options, examples);
        Optional<Double> share = validation.flatMap(TuneData::share);
        Optional<Path> other = share.isPresent() ? Optional.empty() : validation.map(Path::of);
        if (kind.isEmpty()) {
            LabelledData data = Rows.read(options);
            if (share.isEmpty())
                return new Labelled(
                        data,
                        data.rows(),
                        other.map(path -> Rows.read(path, options).rows()).orElse(List.of()),
                        options);
            int wanted = (int) Math.round(share.get() * data.rows().size());
            Split split = Splitter.holdOut(Duplicates.of(data.rows()), wanted, seed);
            return new Labelled(data, split.train(), split.select(), options);
        }
        ExampleData data = ExampleReader.read(file, fields(options, examples));
        if (kind.get() != data.kind())
            throw new UserError(
                    "data.kind",
                    "the rows of " + file + " have " + data.kind().fields(),
                    "--kind says that they have " + kind.get().fields(),
                    "leave --kind out, or name the columns with --map");
        List<Example> train = new ArrayList<>(data.rows());
        List<Example> held = new ArrayList<>();
        other.ifPresent(path ->
                held.addAll(ExampleReader.read(path, fields(options, examples)).rows()));
        share.ifPresent(part -> hold(train, held, part, seed));
        return new Examples(data, List.copyOf(train), List.copyOf(held), options, examples);
    }

    /// Tell the kind of a file's rows; nothing for labelled texts.
    static Optional<ExampleKind> kind(Path file, DataOptions options, ExampleOptions examples) {
        return switch (examples.kind) {
            case LABELLED -> Optional.empty();
            case COMPLETION -> Optional.of(ExampleKind.COMPLETION);
            case CHAT -> Optional.of(ExampleKind.CHAT);
            case TEXT -> Optional.of(ExampleKind.TEXT);
            case AUTO -> {
                if (examples.names.containsKey("completion")) yield Optional.of(ExampleKind.COMPLETION);
                boolean labelled = options.text().isPresent() || options.label().isPresent();
                yield labelled
                        ? Optional.empty()
                        : ExampleReader.guess(file, options.encoding().orElse(""));
            }
        };
    }

    private static ExampleReader.Fields fields(DataOptions options, ExampleOptions examples) {
        return new ExampleReader.Fields(
                examples.names, examples.allowExtra, options.encoding().orElse(""));
    }

    private static Optional<Double> share(String given) {
        boolean number = given.matches("[-+]?\\d*\\.?\\d+([eE][-+]?\\d+)?") && !Files.exists(Path.of(given));
        if (!number) return Optional.empty();
        double share = Double.parseDouble(given);
        if (!(share > 0 && share < 1))
            throw new UserError(
                    "tune.validation",
                    "the share " + given + " of rows to validate on is not above 0 and below 1",
                    "some rows must be left to train on, and some to validate",
                    "write --validation 0.1, or name a file");
        return Optional.of(share);
    }

    /// Take a share of the rows away to validate on; rows that ask the same stay together.
    private static void hold(List<Example> train, List<Example> held, double share, long seed) {
        int wanted = Math.max(1, (int) Math.round(share * train.size()));
        Map<String, Integer> rows = new HashMap<>();
        for (Example example : train) rows.merge(question(example), 1, Integer::sum);
        if (rows.size() < 2)
            throw new UserError(
                    "tune.validation",
                    "all rows ask the same, so that none can be kept apart to validate on",
                    "rows that ask the same are learned from together or not at all",
                    "name a file of other rows with --validation");
        List<String> drawn = Arrays.stream(Rng.of(seed, "validation").permutation(train.size()))
                .mapToObj(place -> question(train.get(place)))
                .distinct()
                .toList();
        Set<String> asked = new HashSet<>();
        int taken = 0;
        for (String one : drawn) {
            int more = rows.getOrDefault(one, 0);
            if (taken + more > wanted) continue;
            asked.add(one);
            taken += more;
        }
        if (asked.isEmpty()) // the rarest question has more rows than are wanted
        asked.add(Collections.min(drawn, Comparator.comparingInt((String one) -> rows.getOrDefault(one, 0))));
        for (Example example : List.copyOf(train)) if (asked.contains(question(example))) held.add(example);
        train.removeIf(example -> asked.contains(question(example)));
    }

    private static String question(Example example) {
        return switch (example) {
            case Example.Completion(String prompt, String _, long _) -> prompt;
            case Example.Chat chat ->
                chat.turns().getFirst().content()
                        + chat.turns().get(Math.min(1, chat.turns().size() - 1)).content();
            case Example.Task task -> task.task() + task.fields();
            case Example.Text(String text, long _) -> text;
        };
    }

    /// Labelled texts.
    ///
    /// @param labels that the prompt names
    record Labelled(
            LabelledData data,
            List<LabelledRow> train,
            List<LabelledRow> held,
            DataOptions options,
            List<String> labels)
            implements TuneData {
        Labelled(LabelledData data, List<LabelledRow> train, List<LabelledRow> held, DataOptions options) {
            this(data, train, held, options, data.labels());
        }

        /// Return the same rows under a prompt with other labels.
        Labelled withLabels(List<String> others) {
            return new Labelled(data, train, held, options, others);
        }

        @Override
        public String source() {
            return data.source();
        }

        @Override
        public List<String> warnings() {
            return data.warnings();
        }

        @Override
        public String digest() {
            return LabelledData.digest(train);
        }

        @Override
        public List<LabelledRow> labelled() {
            return train;
        }

        @Override
        public Set<ExampleKind> kinds() {
            return Set.of();
        }

        @Override
        public TuneData apartFrom(TuneData others) {
            List<LabelledRow> rows = others.labelled();
            return new Labelled(data, Splitter.apartFrom(train, rows), Splitter.apartFrom(held, rows), options, labels);
        }

        @Override
        public PromptBundle bundle() {
            return PromptBundle.trainedClassification(labels);
        }

        @Override
        public EncodedRows train(RowEncoding how) {
            return encode(train, how);
        }

        @Override
        public EncodedRows validation(RowEncoding how) {
            return encode(held, how);
        }

        private EncodedRows encode(List<LabelledRow> rows, RowEncoding how) {
            return TuneJob.encode(rows, bundle(), how.encoder(), how.longest(how.room()), Rows.overLength(options));
        }
    }

    /// Rows of prompt and completion, conversations, tasks, plain text.
    record Examples(
            ExampleData data, List<Example> train, List<Example> held, DataOptions options, ExampleOptions examples)
            implements TuneData {
        /// Pieces that plain text is cut into, in tokens.
        private static final int TEXT_TOKENS = 512;

        @Override
        public String source() {
            return data.source();
        }

        @Override
        public List<String> warnings() {
            List<String> warnings = new ArrayList<>(data.warnings());
            if (!data.ignored().isEmpty())
                warnings.add("fields that are not used: " + String.join(", ", data.ignored()));
            return warnings;
        }

        @Override
        public String digest() {
            return ExampleData.digest(train);
        }

        @Override
        public List<LabelledRow> labelled() {
            return List.of();
        }

        @Override
        public Set<ExampleKind> kinds() {
            return Set.of(data.kind());
        }

        @Override
        public TuneData apartFrom(TuneData others) {
            if (!(others instanceof Examples other)) return this;
            List<LabelledRow> asked = questions(other.train);
            return new Examples(data, apart(train, asked), apart(held, asked), options, examples);
        }

        private static List<Example> apart(List<Example> rows, List<LabelledRow> asked) {
            return Splitter.apartFrom(questions(rows), asked).stream()
                    .map(row -> rows.get(row.id()))
                    .toList();
        }

        /// What is asked in each row, by its place.
        private static List<LabelledRow> questions(List<Example> rows) {
            List<LabelledRow> questions = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) questions.add(new LabelledRow(i, question(rows.get(i)), "", i));
            return questions;
        }

        @Override
        public PromptBundle bundle() {
            return PromptBundle.plain();
        }

        @Override
        public EncodedRows train(RowEncoding how) {
            return encode(train, how);
        }

        @Override
        public EncodedRows validation(RowEncoding how) {
            return encode(held, how);
        }

        private EncodedRows encode(List<Example> rows, RowEncoding how) {
            int longest = how.longest(data.kind() == ExampleKind.TEXT ? TEXT_TOKENS : how.room());
            if (how.tasks() != null && data.kind() == ExampleKind.TASK)
                return new TaskEncoder(how.encoder(), how.tasks(), longest).encode(rows);
            var settings = new ExampleEncoder.Settings(
                    longest,
                    examples.raw,
                    examples.learn == ExampleOptions.Learn.ALL,
                    options.overLength() == DataOptions.OverLength.CUT);
            return new ExampleEncoder(how.encoder(), settings).encode(rows);
        }
    }
}
