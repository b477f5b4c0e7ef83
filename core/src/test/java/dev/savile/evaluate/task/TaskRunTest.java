package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Tensor;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.LabelScorer;
import dev.savile.evaluate.LabelTrie;
import dev.savile.evaluate.answers.Vote;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.Reasoning;
import dev.savile.testing.TinyChat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Ways of answering on a tiny random model, whose answers mean nothing but must be the same by every way.
class TaskRunTest {
    @RegisterExtension
    static final TinyChat CHAT = new TinyChat();

    @TempDir
    Path folder;

    private TaskData data(String yaml, String... files) throws IOException {
        for (int i = 0; i < files.length; i += 2) Files.writeString(folder.resolve(files[i]), files[i + 1]);
        return TaskData.read(TaskSpec.parse(yaml, "mine.yaml"), folder, 1);
    }

    private static TaskSystem system(PromptBundle bundle) {
        return new TaskSystem("base", CHAT.base(), Tuning.NONE, bundle, PromptRenderer.OverLength.REFUSE);
    }

    private static TaskResult run(TaskData data, PromptBundle bundle, AnswerCache cache) {
        return EngineThread.call(() -> new TaskRun(data, system(bundle), cache, 7, Progress.none(), new StopSignal())
                .run(data.test(), "test")
                .orElseThrow());
    }

    /// Questions with choices of their own.
    ///
    /// @param metrics with commas between them
    private TaskData choices(String metrics, String rows) throws IOException {
        return data("""
                kind: choice
                data: q.jsonl
                evaluate-only: true
                input: "{q}"
                target: "{best}"
                choices: answers
                metrics: [""" + metrics + "]\n", "q.jsonl", rows);
    }

    private TaskData labelled() throws IOException {
        return data(
                "train: train.csv\ntest: test.csv\ninstruction: Sort.\n",
                "train.csv",
                "text,label\nbill,pay\nbox,post\ninvoice,pay\nparcel,post\n",
                "test.csv",
                "text,label\na bill,pay\na box,post\nmoney,pay\n");
    }

    @Test
    void labelsAreScoredAsByThePlainWay() throws IOException {
        TaskData data = labelled();
        PromptBundle bundle = TaskPrompt.zeroShot().of(data);
        TaskResult result = run(data, bundle, AnswerCache.none());
        List<String> texts = data.test().stream().map(TaskItem::input).toList();
        var plain = EngineThread.call(
                () -> new LabelPrompts(CHAT.base(), Tuning.NONE, bundle, PromptRenderer.OverLength.REFUSE)
                        .predict(texts, Progress.none().start("", 0, ""), new StopSignal()));
        for (int i = 0; i < texts.size(); i++) {
            assertThat(result.items().get(i).answer())
                    .isEqualTo(plain.answers().get(i).label());
            assertThat(result.items().get(i).probability())
                    .isCloseTo(plain.answers().get(i).probability(), within(1e-9));
            assertThat(result.items().get(i).promptTokens())
                    .isEqualTo(plain.answers().get(i).promptTokens());
        }
        assertThat(result.scores())
                .extracting(Score::metric)
                .containsExactly("accuracy", "macro_f1", "mcc", "ece10", "brier_top");
        double right = result.items().stream()
                .mapToDouble(ItemResult::credit)
                .average()
                .orElseThrow();
        assertThat(result.primary().value()).isCloseTo(right, within(1e-12));
    }

    @Test
    void zeroShotsRenderNoExampleAndShotsRenderThem() throws IOException {
        TaskData data = labelled();
        assertThat(run(data, TaskPrompt.zeroShot().of(data), AnswerCache.none()).items())
                .allSatisfy(item -> assertThat(item.prompt()).doesNotContain("invoice", "parcel"));
        PromptBundle shown =
                TaskPrompt.fewShot(DemoStrategy.LABEL_BALANCED, 2, 0).of(data);
        assertThat(run(data, shown, AnswerCache.none()).items()).allSatisfy(item -> {
            assertThat(item.demosRequested()).isEqualTo(2);
            assertThat(item.prompt()).contains("pay").contains("post");
        });
    }

    @Test
    void aSecondRunTakesEveryAnswerFromTheCache() throws IOException {
        TaskData data = labelled();
        PromptBundle bundle = TaskPrompt.zeroShot().of(data);
        Map<String, String> system = Map.of("base", CHAT.base().digest());
        TaskResult first;
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), system)) {
            first = run(data, bundle, cache);
        }
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), system)) {
            TaskResult second = run(data, bundle, cache);
            assertThat(second.cached()).isEqualTo(data.test().size());
            assertThat(second.items()).isEqualTo(first.items());
            assertThat(second.scores()).isEqualTo(first.scores());
        }
    }

    @Test
    void choicesAreScoredEachItemItsOwn() throws IOException {
        TaskData data = choices("accuracy(token), accuracy(sum), accuracy(char), accuracy(byte)", """
                {"q": "sky", "best": "blue", "answers": ["red hot", "blue"]}
                {"q": "sun", "best": "a very long answer", "answers": ["a very long answer", "no", "yes"]}
                """);
        PromptBundle bundle = TaskPrompt.zeroShot().of(data);
        TaskResult result = run(data, bundle, AnswerCache.none());
        int right = 0;
        for (int i = 0; i < 2; i++) {
            TaskItem item = data.test().get(i);
            var renderer = new PromptRenderer(bundle, CHAT.base().encoder(), 128, PromptRenderer.OverLength.REFUSE);
            List<int[]> tokens =
                    item.choices().stream().map(renderer::completion).toList();
            int[] context = renderer.prompt(item.fields(), List.of()).ids();
            double[] sums = EngineThread.call(() -> new LabelScorer(
                            CHAT.base().model(), new LabelTrie(item.choices(), tokens))
                    .scores(List.of(context), Tuning.NONE, Progress.none().start("", 0, ""), new StopSignal()))[0];
            int best = 0;
            for (int k = 1; k < sums.length; k++)
                if (sums[k] / tokens.get(k).length > sums[best] / tokens.get(best).length) best = k;
            assertThat(result.items().get(i).answer()).isEqualTo(item.choices().get(best));
            if (item.choices().get(best).equals(item.answer())) right++;
        }
        assertThat(result.primary().value()).isEqualTo(right / 2.0);
        assertThat(result.scores()).extracting(Score::name).startsWith("accuracy(token)");
    }

    /// The context is 128 tokens: prompt, way and the longest choice of a row share them.
    @Test
    void choicesAndTheWayToThemHaveTheirRoomInTheContext() throws IOException {
        var rows = new StringBuilder();
        for (int words = 1; words <= 130; words++)
            rows.append("{\"q\": \"")
                    .append("so ".repeat(words))
                    .append("\", \"best\": \"no\", \"answers\": [\"no\", \"a far longer answer than that\"]}\n");
        TaskData data = data(
                "kind: choice\ndata: q.jsonl\nevaluate-only: true\ninput: '{q}'\ntarget: '{best}'\nchoices: answers\n",
                "q.jsonl",
                rows.toString());
        PromptBundle plain = TaskPrompt.zeroShot().of(data);
        PromptBundle reasoning = TaskPrompt.zeroShot()
                .with(Reasoning.Mode.ZERO_SHOT, 1)
                .withMaxTokens(4)
                .of(data);
        int longest = new PromptRenderer(plain, CHAT.base().encoder(), 128, PromptRenderer.OverLength.REFUSE)
                .completion("a far longer answer than that")
                .length;
        for (PromptBundle bundle : List.of(plain, reasoning)) {
            TaskResult result = run(data, bundle, AnswerCache.none());
            assertThat(result.failed()).isBetween(1L, 129L);
            assertThat(result.items()).allSatisfy(item -> {
                int room = item.failed().isEmpty() ? item.promptTokens() + item.writtenTokens() + longest : 0;
                assertThat(room).isLessThanOrEqualTo(128);
            });
        }
    }

    private TaskData written() throws IOException {
        return data(
                "kind: number\ntrain: train.csv\ntest: test.csv\ninput: '{q}'\ntarget: '{a}'\nrationale: 'so {a}'\nmax-tokens: 8\n",
                "train.csv",
                "q,a\n1+1,2\n",
                "test.csv",
                "q,a\n2+2,4\n3+3,6\n4+4,8\n");
    }

    @Test
    void writtenAnswersDependNeitherOnTheirCompanyNorOnAnInterruption() throws IOException {
        TaskData data = written();
        PromptBundle bundle = TaskPrompt.zeroShot().with(Reasoning.Mode.NONE, 3).of(data);
        TaskResult all = run(data, bundle, AnswerCache.none());
        for (int i = 0; i < 3; i++) {
            int at = i;
            TaskResult alone = EngineThread.call(
                    () -> new TaskRun(data, system(bundle), AnswerCache.none(), 7, Progress.none(), new StopSignal())
                            .run(List.of(data.test().get(at)), "test")
                            .orElseThrow());
            assertThat(alone.items().getFirst()).isEqualTo(all.items().get(i));
        }
        Map<String, String> system = Map.of("base", CHAT.base().digest());
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), system)) {
            EngineThread.run(() -> {
                var part = new TaskRun(data, system(bundle), cache, 7, Progress.none(), new StopSignal());
                assertThat(part.run(data.test().subList(0, 2), "test")).isPresent();
            });
        }
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), system)) {
            TaskResult resumed = run(data, bundle, cache);
            assertThat(resumed.cached()).isPositive();
            assertThat(resumed.items()).isEqualTo(all.items());
        }
    }

    @Test
    void aRunThatWasStoppedReportsNothing() throws IOException {
        TaskData data = written();
        var stop = new StopSignal();
        stop.request();
        Optional<TaskResult> result = EngineThread.call(() -> new TaskRun(
                        data, system(TaskPrompt.zeroShot().of(data)), AnswerCache.none(), 7, Progress.none(), stop)
                .run(data.test(), "test"));
        assertThat(result).isEmpty();
    }

    @Test
    void reasoningIsReadStrictlyAndFlexibly() throws IOException {
        TaskData data = written();
        TaskResult result = run(
                data,
                TaskPrompt.fewShot(DemoStrategy.RANDOM, 1, 0)
                        .with(Reasoning.Mode.FEW_SHOT, 1)
                        .withMaxTokens(8)
                        .of(data),
                AnswerCache.none());
        assertThat(result.items().getFirst().prompt()).contains("so 2 The answer is 2");
        assertThat(result.scores())
                .extracting(Score::name)
                .containsExactly("exact_match(number,flexible)", "exact_match(number,strict)");
    }

    @Test
    void labelsBehindReasoningCanAlwaysBeRead() throws IOException {
        TaskData data = labelled();
        PromptBundle bundle = TaskPrompt.zeroShot()
                .with(Reasoning.Mode.ZERO_SHOT, 1)
                .withInstruction("Sort.")
                .withMaxTokens(6)
                .of(data);
        TaskResult result = run(data, bundle, AnswerCache.none());
        assertThat(result.items()).allSatisfy(item -> {
            assertThat(item.unparsed()).isEmpty();
            assertThat(item.answer()).isIn("pay", "post");
            assertThat(item.writtenTokens()).isPositive();
        });
    }

    @Test
    void aPriorMovesProbabilitiesAsItsFormulaSays() throws IOException {
        TaskData data = labelled();
        PromptBundle plain = TaskPrompt.zeroShot().of(data);
        LabelPrior prior = EngineThread.call(
                () -> new TaskRun(data, system(plain), AnswerCache.none(), 7, Progress.none(), new StopSignal())
                        .prior(LabelPrior.Kind.CC, data.train())
                        .orElseThrow());
        TaskResult before = run(data, plain, AnswerCache.none());
        TaskResult after = run(data, plain.change().prior(prior).done(), AnswerCache.none());
        for (int i = 0; i < before.items().size(); i++) {
            ItemResult one = before.items().get(i);
            double pay = one.answer().equals("pay") ? one.probability() : 1 - one.probability();
            double odds = pay
                    / prior.shares().getFirst()
                    / (pay / prior.shares().getFirst()
                            + (1 - pay) / prior.shares().getLast());
            ItemResult two = after.items().get(i);
            double found = two.answer().equals("pay") ? two.probability() : 1 - two.probability();
            assertThat(found).isCloseTo(odds, within(1e-6));
        }
    }

    @Test
    void anItemThatIsTooLongFailsAloneAndCountsAsWrong() throws IOException {
        TaskData data = data(
                "test: test.csv\nevaluate-only: true\ninstruction: Sort.\n",
                "test.csv",
                "text,label\nshort,pay\n" + "word ".repeat(200) + ",post\n");
        TaskResult result = run(data, TaskPrompt.zeroShot().of(data), AnswerCache.none());
        assertThat(result.failed()).isEqualTo(1);
        assertThat(result.items().getLast().credit()).isZero();
        assertThat(result.warnings()).anyMatch(warning -> warning.contains("too long"));
    }

    @Test
    void textsAreScoredByHowWellTheyArePredicted() throws IOException {
        TaskData data = data(
                "kind: perplexity\ndata: text.txt\nmax-tokens: 64\n", "text.txt", "to be or not to be ".repeat(30));
        TaskResult result = run(data, TaskPrompt.zeroShot().of(data), AnswerCache.none());
        Map<String, Double> values = new java.util.HashMap<>();
        for (Score score : result.scores()) values.put(score.metric(), score.value());
        double loss = values.getOrDefault("loss", 0.0);
        assertThat(values.getOrDefault("ppl_token", 0.0)).isCloseTo(Math.exp(loss), within(1e-9));
        double perByte = values.getOrDefault("bits_per_byte", 0.0) * Math.log(2);
        assertThat(values.getOrDefault("ppl_byte", 0.0)).isCloseTo(Math.exp(perByte), within(1e-9));
        double bytes = data.test().getFirst().input().length();
        double words = data.test().getFirst().input().strip().split(" ").length;
        assertThat(values.getOrDefault("ppl_word", 0.0)).isCloseTo(Math.exp(perByte * bytes / words), within(1e-6));
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), "base")) {
            assertThat(run(data, TaskPrompt.zeroShot().of(data), cache).scores())
                    .isEqualTo(result.scores());
        }
        try (AnswerCache cache = AnswerCache.open(folder.resolve("cache"), "base")) {
            TaskResult again = run(data, TaskPrompt.zeroShot().of(data), cache);
            assertThat(again.cached()).isEqualTo(result.primary().n()); // each window
            assertThat(again.scores()).isEqualTo(result.scores());
        }
    }

    @Test
    void whatLabelsGetOnAverageIsNeverMeasuredOnScoredRows() throws IOException {
        TaskData data =
                data("test: test.csv\nevaluate-only: true\n", "test.csv", "text,label\na bill,pay\na box,post\n");
        var run = new TaskRun(
                data, system(TaskPrompt.zeroShot().of(data)), AnswerCache.none(), 7, Progress.none(), new StopSignal());
        var error = catchThrowableOfType(
                UserError.class, () -> EngineThread.call(() -> run.prior(LabelPrior.Kind.BATCH, data.train())));
        assertThat(error.code()).isEqualTo("task.no-train");
        assertThat(EngineThread.call(() -> run.prior(LabelPrior.Kind.CC, data.train())))
                .isPresent();
    }

    @Test
    void amountsAreNoSharesAndOneWindowHasNoInterval() throws IOException {
        String yaml = "kind: perplexity\ndata: text.txt\nmax-tokens: 64\n";
        TaskData many = data(yaml, "text.txt", "to be or not to be ".repeat(30));
        for (Score score :
                run(many, TaskPrompt.zeroShot().of(many), AnswerCache.none()).scores()) {
            assertThat(score.interval().bounded()).as(score.name()).isTrue();
            assertThat(score.scale()).as(score.name()).isEqualTo(Score.Scale.PLAIN);
        }
        TaskData one = data(yaml, "text.txt", "to be");
        TaskResult result = run(one, TaskPrompt.zeroShot().of(one), AnswerCache.none());
        assertThat(result.scores()).isNotEmpty().allSatisfy(score -> {
            assertThat(score.n()).isEqualTo(1);
            assertThat(score.interval().bounded()).isFalse();
            assertThat(score.shown()).endsWith(" (-)");
        });
        assertThat(result.warnings()).anyMatch(warning -> warning.contains("too few windows"));
    }

    @Test
    void calibrationNeedsLabels() throws IOException {
        TaskData data = written();
        var error = catchThrowableOfType(
                UserError.class,
                () -> EngineThread.call(() -> new TaskRun(
                                data,
                                system(TaskPrompt.zeroShot().of(data)),
                                AnswerCache.none(),
                                7,
                                Progress.none(),
                                new StopSignal())
                        .prior(LabelPrior.Kind.CC, data.train())));
        assertThat(error.code()).isEqualTo("task.prior");
    }

    @Test
    void everyDocumentedWayToAskRuns() throws IOException {
        TaskData data = labelled();
        for (DemoStrategy strategy : DemoStrategy.values())
            for (DemoOrder order : DemoOrder.values())
                for (PromptBundle.Layout layout : PromptBundle.Layout.values()) {
                    var prompt = new TaskPrompt(
                            Optional.of(new TaskPrompt.Examples(2, strategy, 1, 0, 60, order, layout, "")),
                            Optional.of(Reasoning.Mode.NONE),
                            OptionalInt.of(1),
                            Optional.of("You sort."),
                            Optional.of("Sort it."),
                            Optional.of("Label:"),
                            0,
                            Optional.empty(),
                            Drawing.unchanged());
                    TaskResult result = run(data, prompt.of(data), AnswerCache.none());
                    assertThat(result.failed()).isZero();
                    assertThat(result.items()).allSatisfy(item -> {
                        assertThat(item.prompt()).contains("You sort.", "Sort it.", "Label:");
                        int shown = strategy == DemoStrategy.NONE ? 0 : 2;
                        assertThat(item.demosRequested()).isEqualTo(shown);
                        assertThat(item.demosKept()).isLessThanOrEqualTo(shown);
                    });
                }
        everyWayToReasonRuns(data(
                "train: train.csv\ntest: test.csv\ninstruction: Sort.\nrationale: '{way}'\n",
                "train.csv",
                "text,label,way\nbill,pay,money\nbox,post,parcel\n",
                "test.csv",
                "text,label,way\na bill,pay,money\na box,post,parcel\n"));
        everyWayToReasonRuns(data("""
                kind: choice
                train: train.jsonl
                test: test.jsonl
                input: "{q}"
                target: "{best}"
                choices: answers
                rationale: "{way}"
                metrics: ["accuracy(sum)", "accuracy(char)"]
                """, "train.jsonl", """
                {"q": "sky", "best": "blue", "answers": ["red hot", "blue"], "way": "air"}
                """, "test.jsonl", """
                {"q": "sun", "best": "hot", "answers": ["hot", "no", "yes"], "way": "fire"}
                {"q": "ice", "best": "cold", "answers": ["cold", "so hot"], "way": "snow"}
                """));
        everyWayToReasonRuns(written());
    }

    private static void everyWayToReasonRuns(TaskData data) {
        boolean written = data.spec().kind().written();
        for (Reasoning.Mode mode : Reasoning.Mode.values())
            for (int samples : new int[] {1, 3}) {
                TaskPrompt prompt = TaskPrompt.fewShot(DemoStrategy.RANDOM, 1, 0)
                        .with(mode, samples)
                        .withMaxTokens(4);
                if (samples > 1 && mode == Reasoning.Mode.NONE && !written) {
                    var error = catchThrowableOfType(UserError.class, () -> prompt.of(data));
                    assertThat(error.code()).isEqualTo("task.samples");
                    continue;
                }
                TaskResult result = run(data, prompt.of(data), AnswerCache.none());
                assertThat(result.failed()).isZero();
                assertThat(result.items()).hasSameSizeAs(data.test()).allSatisfy(item -> {
                    assertThat(item.demosRequested()).isEqualTo(1);
                    assertThat(item.samples()).isBetween(Math.min(samples, 2), samples);
                    if (written || mode != Reasoning.Mode.NONE)
                        assertThat(item.writtenTokens()).isGreaterThanOrEqualTo(item.samples());
                    else assertThat(item.writtenTokens()).isZero();
                });
            }
    }

    @Test
    void severalWaysVoteForTheLabelThatMostOfThemLeadTo() throws IOException {
        int planned = 5;
        TaskData data = labelled();
        PromptBundle bundle = TaskPrompt.zeroShot()
                .with(Reasoning.Mode.ZERO_SHOT, planned)
                .withInstruction("Sort.")
                .withMaxTokens(6)
                .of(data);
        TaskResult result = run(data, bundle, AnswerCache.none());
        List<String> labels = data.labels();
        EngineThread.run(() -> {
            var renderer = new PromptRenderer(bundle, CHAT.base().encoder(), 128, PromptRenderer.OverLength.REFUSE)
                    .forAnswersOf(6);
            var setting = new TaskRun.Setting(
                    data,
                    system(bundle),
                    renderer,
                    AnswerCache.none(),
                    7,
                    Progress.none().start("", 0, ""),
                    new StopSignal());
            var scorer = new LabelScorer(
                    CHAT.base().model(),
                    new LabelTrie(
                            labels,
                            labels.stream()
                                    .map(label -> renderer.continuation(" " + label))
                                    .toList()));
            Set<String> texts = new HashSet<>();
            for (int i = 0; i < data.test().size(); i++) {
                TaskItem item = data.test().get(i);
                var asked = new TaskRun.Asked(item, Optional.of(renderer.prompt(item.fields(), List.of())), "");
                List<Prediction> votes = new ArrayList<>();
                List<double[]> shares = new ArrayList<>();
                List<Integer> tokens = new ArrayList<>();
                for (int sample = 0; sample < planned; sample++) {
                    var way = new WrittenAnswers(setting)
                            .ways(List.of(asked), sample)
                            .orElseThrow()
                            .getFirst();
                    texts.add(way.text());
                    int[] context = IntStream.concat(
                                    Arrays.stream(asked.prompt().orElseThrow().ids()), Arrays.stream(way.ids()))
                            .toArray();
                    double[] sums = scorer.scores(
                                    List.of(context),
                                    Tuning.NONE,
                                    Progress.none().start("", 0, ""),
                                    new StopSignal())[0];
                    votes.add(new Prediction.Parsed(labels.get(sums[0] >= sums[1] ? 0 : 1)));
                    shares.add(LabelPrior.distribution(sums));
                    tokens.add(way.ids().length);
                }
                int drawn = Vote.draw(planned, votes::get).drawn();
                ItemResult found = result.items().get(i);
                assertThat(new Prediction.Parsed(found.answer())).isEqualTo(Vote.of(votes));
                assertThat(found.samples()).isEqualTo(drawn);
                assertThat(found.writtenTokens())
                        .isEqualTo(tokens.subList(0, drawn).stream()
                                .mapToInt(Integer::intValue)
                                .sum());
                double share = shares.subList(0, drawn).stream()
                        .mapToDouble(one -> one[labels.indexOf(found.answer())])
                        .average()
                        .orElseThrow();
                assertThat(found.probability()).isCloseTo(share, within(1e-5));
            }
            assertThat(texts).hasSizeGreaterThan(planned); // the ways differ
        });
    }

    @Test
    void whatIsExpectedIsTheAverageBehindTheWaysDrawn() throws IOException {
        TaskData data = labelled();
        PromptBundle one = TaskPrompt.zeroShot()
                .with(Reasoning.Mode.ZERO_SHOT, 1)
                .withMaxTokens(6)
                .of(data);
        Reasoning own = one.reasoning();
        double[] means = new double[3]; // of the first 1, 2 and 3 ways
        for (int draws = 1; draws <= 3; draws++) {
            var drawing = new Reasoning(own.mode(), own.trigger(), own.conclusion(), draws, 0.7, 0.95);
            means[draws - 1] =
                    Math.exp(expected(data, one.change().reasoning(drawing).done())
                            .getFirst()
                            .logProbability());
        }
        double second = 2 * means[1] - means[0];
        double third = 3 * means[2] - 2 * means[1];
        assertThat(means[1]).isNotEqualTo(means[0]);
        assertThat(second).isStrictlyBetween(0.0, 1.0);
        assertThat(third).isStrictlyBetween(0.0, 1.0);
        assertThat(expected(written(), TaskPrompt.zeroShot().of(written()))
                        .getFirst()
                        .credit())
                .isNaN();
    }

    private static List<TaskRun.Expected> expected(TaskData data, PromptBundle bundle) {
        return EngineThread.call(
                () -> new TaskRun(data, system(bundle), AnswerCache.none(), 7, Progress.none(), new StopSignal())
                        .expected(data.test())
                        .orElseThrow());
    }

    @Test
    void whatAChoiceGetsWithoutTheQuestionIsTakenOff() throws IOException {
        TaskData data = choices("accuracy(pmi), accuracy(sum)", """
                {"q": "one", "best": "a", "answers": ["a", "box", "bill pay", "d"]}
                {"q": "two", "best": "d", "answers": ["a", "box", "c", "d"]}
                {"q": "a box and a bill", "best": "box", "answers": ["money", "box", "c", "pay"]}
                """);
        PromptBundle bundle = TaskPrompt.zeroShot().of(data);
        TaskResult result = run(data, bundle, AnswerCache.none());
        assertThat(result.scores()).extracting(Score::name).containsExactly("accuracy(pmi)", "accuracy(sum)");
        int[] nothing = CHAT.base().encoder().emptyContext();
        assertThat(nothing).hasSize(1);
        var renderer = new PromptRenderer(bundle, CHAT.base().encoder(), 256, PromptRenderer.OverLength.REFUSE);
        EngineThread.run(() -> {
            for (int i = 0; i < data.test().size(); i++) {
                TaskItem item = data.test().get(i);
                List<int[]> answers =
                        item.choices().stream().map(renderer::completion).toList();
                var scorer = new LabelScorer(CHAT.base().model(), new LabelTrie(item.choices(), answers));
                int[] asked = renderer.prompt(item.fields(), List.of()).ids();
                double[] behind = sums(scorer, asked);
                double[] alone = sums(scorer, nothing);
                int best = IntStream.range(0, answers.size())
                        .boxed()
                        .max(Comparator.comparingDouble(k -> behind[k] - alone[k]))
                        .orElseThrow();
                assertThat(result.items().get(i).answer())
                        .isEqualTo(item.choices().get(best));
            }
        });
    }

    private static double[] sums(LabelScorer scorer, int[] context) {
        return scorer.scores(List.of(context), Tuning.NONE, Progress.none().start("", 0, ""), new StopSignal())[0];
    }

    @Test
    void requestsAreTimedOneAtATime() throws IOException {
        TaskData data = labelled();
        RequestTimes times = EngineThread.call(() -> new TaskRun(
                        data,
                        system(TaskPrompt.zeroShot().of(data)),
                        AnswerCache.none(),
                        7,
                        Progress.none(),
                        new StopSignal())
                .times(data.test())
                .orElseThrow());
        assertThat(times.seconds()).hasSize(3).allSatisfy(one -> assertThat(one).isPositive());
        assertThat(times.p50()).isLessThanOrEqualTo(times.p95());
        var known = new RequestTimes(
                IntStream.rangeClosed(1, 40).mapToObj(i -> (double) (41 - i)).toList());
        assertThat(known.p50()).isEqualTo(20);
        assertThat(known.p95()).isEqualTo(38);
        assertThat(new RequestTimes(List.of(3.0)).p95()).isEqualTo(3);
    }

    @Test
    void aModelThatKnowsNothingScoresOneOverTheChoices() throws IOException {
        TaskData data = choices("accuracy(sum)", """
                {"q": "one", "best": "a", "answers": ["a", "b", "c", "d"]}
                {"q": "two", "best": "d", "answers": ["a", "b", "c", "d"]}
                """);
        // a last norm of zeros: every token is as likely as any other
        var nothing = new Tuning() {
            @Override
            public Tensor parameter(String name, Tensor base) {
                return name.equals("model.norm.weight") ? base.times(0) : base;
            }
        };
        var system = new TaskSystem(
                "nothing", CHAT.base(), nothing, TaskPrompt.zeroShot().of(data), PromptRenderer.OverLength.REFUSE);
        TaskResult result = EngineThread.call(
                () -> new TaskRun(data, system, AnswerCache.none(), 7, Progress.none(), new StopSignal())
                        .run(data.test(), "test")
                        .orElseThrow());
        assertThat(result.primary().value()).isCloseTo(0.25, within(1e-12));
    }
}
