package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.LabelScorer;
import dev.savile.evaluate.LabelTrie;
import dev.savile.evaluate.answers.Vote;
import dev.savile.evaluate.metrics.Calibration;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.evaluate.task.TaskRun.Asked;
import dev.savile.evaluate.task.TaskRun.Scored;
import dev.savile.evaluate.task.TaskRun.Setting;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Answer by the probabilities of labels, or of each item's own choices: nothing is unreadable.
///
/// A prompt that reasons writes its way first; the labels are then scored behind it and the words that conclude. Where
/// several ways are drawn each votes for the answer that it leads to, until no further one can change the result.
final class ChosenAnswers {
    private static final int CHUNK = 256;
    /// Log-probability of an answer that cannot be given, or hardly; keeps means finite.
    private static final double UNEXPECTED = -50;
    /// Scores within so many nats are equal: the credit is shared.
    private static final double TIE = 1e-5;

    private final Setting setting;
    private final WrittenAnswers written;
    private final PromptBundle bundle;
    /// What answers get behind nothing; each set of them is scored once.
    private final AnswerCache alone = AnswerCache.none();

    ChosenAnswers(Setting setting) {
        this(setting, new WrittenAnswers(setting));
    }

    /// @param written writes the way to each answer, where the prompt reasons
    ChosenAnswers(Setting setting, WrittenAnswers written) {
        this.setting = setting;
        this.written = written;
        this.bundle = setting.system().bundle();
        if (lengths().contains(Length.PMI) && nothing().length == 0)
            throw new UserError(
                    "task.pmi",
                    "the metric " + TaskMetric.PMI
                            + " scores answers behind an empty text, and the model has no token for one",
                    "its tokenizer begins and ends no text with a token of its own",
                    "use accuracy(sum), or accuracy(char)");
    }

    private int[] nothing() {
        return setting.system().base().encoder().emptyContext();
    }

    /// How a sum of log-probabilities is made comparable between answers of unequal length.
    private enum Length {
        SUM,
        TOKEN,
        CHAR,
        BYTE,
        /// The sum without the question is taken off: what is left is how much the question speaks for the answer
        /// (pointwise mutual information; Holtzman et al., "Surface form competition", 2021).
        PMI;

        /// @param sum   of an answer's log-probabilities behind the question
        /// @param alone the same behind nothing; used by `PMI` only
        double of(double sum, double alone, String answer, int tokens) {
            return switch (this) {
                case SUM -> sum;
                case TOKEN -> sum / tokens;
                case CHAR -> sum / Math.max(1, answer.codePointCount(0, answer.length()));
                case BYTE -> sum / Math.max(1, answer.getBytes(StandardCharsets.UTF_8).length);
                case PMI -> sum - alone;
            };
        }
    }

    /// One question: the tokens before the answers, and the answers.
    private record Question(
            Asked asked, int[] context, List<String> answers, List<int[]> completions, WrittenAnswers.Way way) {
        Question behind(int[] other) {
            return new Question(asked, other, answers, completions, way);
        }
    }

    /// An answered question.
    ///
    /// @param sums  of log-probabilities, one for each answer
    /// @param alone the same without the question; zeros where no metric needs them
    private record Answered(Question question, double[] sums, double[] alone) {
        /// Probabilities of the answers among each other.
        double[] shares() {
            return LabelPrior.distribution(sums);
        }
    }

    /// The answers to one question, one for each way that was drawn; a single one without reasoning.
    private record Drawn(List<Answered> samples) {
        Question question() {
            return samples.getFirst().question;
        }

        /// How likely each answer is behind the ways drawn, on average.
        double[] shares() {
            return IntStream.range(0, question().answers.size())
                    .mapToDouble(this::share)
                    .toArray();
        }

        /// How likely an answer is behind the ways drawn, on average.
        double share(int answer) {
            return samples.stream()
                    .mapToDouble(one -> one.shares()[answer])
                    .average()
                    .orElseThrow();
        }
    }

    /// What the answers to one question come to.
    ///
    /// @param voters that gave it, in the order in which they were drawn
    private record Outcome(int answer, List<Answered> voters) {}

    Optional<Scored> score(List<Asked> asked, String split) {
        // a prior divides far labels too, and brier adds them up: their sums must then be no bounds
        boolean exact =
                bundle.prior() != null || setting.data().spec().metrics().contains(TaskMetric.BRIER);
        return draw(open(asked), exact, true).map(drawn -> scored(asked, drawn, split));
    }

    /// Measure what labels get on inputs that say nothing, or on messages whose labels are not looked at.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<LabelPrior> prior(LabelPrior.Kind kind, List<Asked> asked) {
        return draw(open(asked), true, false)
                .map(all -> LabelPrior.ofScores(
                        kind,
                        labels(),
                        all.stream()
                                .flatMap(drawn -> drawn.samples.stream())
                                .map(Answered::sums)
                                .toList()));
    }

    /// Return, for each item that could be asked, how much the right answer is expected: behind the ways drawn on
    /// average, where there are several.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<List<TaskRun.Expected>> expected(List<Asked> asked) {
        return draw(open(asked), true, false)
                .map(all -> all.stream().map(this::expected).toList());
    }

    /// Return the probabilities of the answers to each item that could be asked.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<List<double[]>> shares(List<Asked> asked) {
        return draw(open(asked), true, false)
                .map(all -> all.stream().map(Drawn::shares).toList());
    }

    /// Answer one question, with the probability of every answer behind the ways drawn, on average.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<MessageAnswers.Answer> answer(Asked asked) {
        return draw(List.of(asked), true, true).map(all -> {
            Drawn drawn = all.getFirst();
            Question question = drawn.question();
            Map<String, Double> probabilities = new LinkedHashMap<>();
            for (int i = 0; i < question.answers.size(); i++)
                probabilities.put(question.answers.get(i), drawn.share(i));
            Map<String, Integer> votes = new LinkedHashMap<>();
            if (bundle.reasoning().reasons())
                for (Answered one : drawn.samples) votes.merge(chosen(one, primaryLength()), 1, Integer::sum);
            List<WrittenAnswers.Way> ways = drawn.samples.stream()
                    .map(one -> one.question.way)
                    .filter(way -> !way.text().isEmpty())
                    .toList();
            return new MessageAnswers.Answer(
                    question.answers.get(outcome(drawn, primaryLength()).answer),
                    "",
                    probabilities,
                    ways.stream().map(WrittenAnswers.Way::text).toList(),
                    votes,
                    asked.prompt().orElseThrow().ids().length,
                    asked.prompt().orElseThrow().demosKept(),
                    ways.stream().mapToInt(way -> way.ids().length).sum(),
                    ways.stream().anyMatch(WrittenAnswers.Way::cut));
        });
    }

    private TaskRun.Expected expected(Drawn drawn) {
        Question question = drawn.question();
        int id = question.asked.item().id();
        boolean written = setting.data().spec().kind().written();
        int gold = IntStream.range(0, question.answers.size())
                .filter(i -> question.asked.item().references().contains(question.answers.get(i)))
                .findFirst()
                .orElse(-1);
        if (gold < 0) return new TaskRun.Expected(id, UNEXPECTED, 0);
        if (written)
            return new TaskRun.Expected(
                    id,
                    drawn.samples.stream()
                            .mapToDouble(one -> one.sums[gold] / question.completions.get(gold).length)
                            .average()
                            .orElseThrow(),
                    Double.NaN);
        return new TaskRun.Expected(
                id,
                Math.max(UNEXPECTED, Math.log(drawn.share(gold))),
                credit(outcome(drawn, primaryLength()), primaryLength()));
    }

    private static List<Asked> open(List<Asked> asked) {
        return asked.stream().filter(one -> one.prompt().isPresent()).toList();
    }

    /// Answer each question once, or behind several ways to the answer.
    ///
    /// @param exact   whether labels that are surely far behind are scored too, instead of bounded
    /// @param settles whether drawing ends when no further way can change what any score takes for the answer
    /// @return nothing when a stop was requested before the end
    private Optional<List<Drawn>> draw(List<Asked> open, boolean exact, boolean settles) {
        int planned = bundle.reasoning().reasons() ? bundle.reasoning().samples() : 1;
        List<List<Answered>> all = new ArrayList<>();
        for (int i = 0; i < open.size(); i++) all.add(new ArrayList<>());
        for (int sample = 0; sample < planned; sample++) {
            List<Integer> unsettled = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) if (!settles || !settled(all.get(i), planned)) unsettled.add(i);
            Optional<List<Question>> questions =
                    questions(unsettled.stream().map(open::get).toList(), sample);
            if (questions.isEmpty()) return Optional.empty();
            Optional<List<double[]>> sums = sums(questions.get(), exact, counted(), setting.cache());
            Optional<List<double[]>> alone = sums.isEmpty() ? Optional.empty() : alone(questions.get());
            if (sums.isEmpty() || alone.isEmpty()) return Optional.empty();
            for (int k = 0; k < unsettled.size(); k++)
                all.get(unsettled.get(k))
                        .add(new Answered(
                                questions.get().get(k),
                                calibrated(sums.get().get(k)),
                                alone.get().get(k)));
        }
        return Optional.of(all.stream().map(Drawn::new).toList());
    }

    private boolean settled(List<Answered> samples, int planned) {
        return lengths().stream()
                .allMatch(length -> vote(samples, planned, length).settled());
    }

    private static Vote vote(List<Answered> samples, int planned, Length length) {
        var vote = new Vote(planned);
        for (Answered one : samples) vote.add(new Prediction.Parsed(chosen(one, length)));
        return vote;
    }

    /// The answer that a single way leads to; of equal ones the first.
    private static String chosen(Answered answered, Length length) {
        return answered.question.answers.get(best(answered, length).getFirst());
    }

    private static Outcome outcome(Drawn drawn, Length length) {
        Prediction winner = vote(drawn.samples, drawn.samples.size(), length).winner();
        List<Answered> voters = drawn.samples.stream()
                .filter(one -> winner.equals(new Prediction.Parsed(chosen(one, length))))
                .toList();
        return new Outcome(best(voters.getFirst(), length).getFirst(), voters);
    }

    /// Ways of comparing answers that are reported, the primary one first.
    private List<Length> lengths() {
        return setting.data().spec().kind() == TaskKind.CHOICE
                ? setting.data().spec().metrics().stream()
                        .map(ChosenAnswers::length)
                        .toList()
                : List.of(Length.SUM);
    }

    private Length primaryLength() {
        return lengths().getFirst();
    }

    /// @param sample number of the way that is drawn, from 0
    private Optional<List<Question>> questions(List<Asked> open, int sample) {
        boolean own = setting.data().spec().kind() != TaskKind.LABEL;
        boolean reasons = bundle.reasoning().reasons();
        List<String> labels = labels();
        List<int[]> shared = own ? List.of() : labelCompletions(labels, reasons);
        Optional<List<WrittenAnswers.Way>> ways = reasons ? written.ways(open, sample) : Optional.of(List.of());
        if (ways.isEmpty()) return Optional.empty();
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < open.size(); i++) {
            Asked one = open.get(i);
            int[] prompt = one.prompt().orElseThrow().ids();
            WrittenAnswers.Way way = reasons ? ways.get().get(i) : WrittenAnswers.Way.NONE;
            int[] context = Arrays.copyOf(prompt, prompt.length + way.ids().length);
            System.arraycopy(way.ids(), 0, context, prompt.length, way.ids().length);
            List<String> answers = own ? ownAnswers(one.item()) : labels;
            questions.add(new Question(one, context, answers, own ? completions(answers, reasons) : shared, way));
        }
        return Optional.of(questions);
    }

    /// An item's choices; where answers are written, the one that a reference would be.
    private static List<String> ownAnswers(TaskItem item) {
        return item.choices().isEmpty() ? List.of(item.answer()) : item.choices();
    }

    /// A trained prompt knows its labels; any other answers with those of the task.
    private List<String> labels() {
        return bundle.labels().isEmpty() ? setting.data().labels() : bundle.labels();
    }

    private List<int[]> labelCompletions(List<String> labels, boolean reasons) {
        return reasons
                ? completions(labels, true)
                : labels.stream().map(setting.renderer()::labelCompletion).toList();
    }

    /// Behind concluding words an answer begins with a blank.
    private List<int[]> completions(List<String> answers, boolean reasons) {
        PromptRenderer renderer = setting.renderer();
        return answers.stream()
                .map(answer ->
                        reasons ? renderer.announcedCompletion(answer) : renderer.completion(bundle.word(answer)))
                .toList();
    }

    /// What counts the questions; one that reasons counts once, when its first way is written.
    private Progress.Task counted() {
        return bundle.reasoning().reasons() ? uncounted() : setting.task();
    }

    private static Progress.Task uncounted() {
        return Progress.none().start("", 0, "");
    }

    /// Score the answers behind nothing, where a metric asks for it.
    private Optional<List<double[]>> alone(List<Question> questions) {
        if (!lengths().contains(Length.PMI))
            return Optional.of(questions.stream()
                    .map(question -> new double[question.answers.size()])
                    .toList());
        return sums(
                questions.stream().map(question -> question.behind(nothing())).toList(), true, uncounted(), alone);
    }

    /// @param exact whether labels that are surely far behind are scored too, instead of bounded
    private Optional<List<double[]>> sums(
            List<Question> questions, boolean exact, Progress.Task task, AnswerCache cache) {
        double @Nullable [][] sums = new double[questions.size()][];
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            Optional<JsonNode> known = cache.find(key(questions.get(i), exact));
            if (known.isPresent()) {
                sums[i] = IntStream.range(0, known.get().size())
                        .mapToDouble(k -> known.get().get(k).doubleValue())
                        .toArray();
                task.advance(1);
            } else {
                open.add(i);
            }
        }
        for (int from = 0; from < open.size(); from += CHUNK) {
            List<Integer> chunk = open.subList(from, Math.min(open.size(), from + CHUNK));
            List<int[]> contexts =
                    chunk.stream().map(i -> questions.get(i).context).toList();
            LabelScorer scorer = scorer(questions, chunk);
            Tuning tuning = setting.system().tuning();
            double[][] found = exact
                    ? scorer.scores(contexts, tuning, task, setting.stop())
                    : scorer.likely(contexts, tuning, task, setting.stop());
            for (int k = 0; k < chunk.size(); k++) {
                if (found[k] == null) continue;
                sums[chunk.get(k)] = found[k];
                cache.put(key(questions.get(chunk.get(k)), exact), found[k]);
            }
            cache.save();
            if (setting.stop().requested()) return Optional.empty();
        }
        return Optional.of(Arrays.stream(sums).map(Objects::requireNonNull).toList());
    }

    private LabelScorer scorer(List<Question> questions, List<Integer> chunk) {
        var model = setting.system().base().model();
        if (setting.data().spec().kind() == TaskKind.LABEL) {
            Question any = questions.getFirst();
            return new LabelScorer(model, new LabelTrie(any.answers, any.completions));
        }
        return new LabelScorer(
                model,
                chunk.stream()
                        .map(questions::get)
                        .map(question -> new LabelTrie(question.answers, question.completions))
                        .toList());
    }

    private static String key(Question question, boolean exact) {
        return AnswerCache.key(question.context, List.of(question.completions, exact));
    }

    /// Divide by what each label gets under no message at all.
    private double[] calibrated(double[] sums) {
        LabelPrior prior = bundle.prior();
        return prior == null ? sums : prior.calibratedScores(sums);
    }

    private Scored scored(List<Asked> asked, List<Drawn> drawn, String split) {
        List<ItemResult> items = new ArrayList<>();
        int next = 0;
        for (Asked one : asked) items.add(one.prompt().isEmpty() ? one.unanswered() : result(drawn.get(next++)));
        List<Score> scores = new ArrayList<>();
        Clusters clusters = TaskRun.clusters(asked);
        boolean labels = setting.data().spec().kind() == TaskKind.LABEL;
        Expectations expectations = labels ? expectations(asked, drawn) : Expectations.NONE;
        for (String metric : setting.data().spec().metrics())
            scores.add(
                    labels
                            ? labelScore(metric, items, expectations, clusters, split)
                            : choiceScore(metric, asked, drawn, clusters, split));
        return new Scored(items, scores, ofAll(items, expectations));
    }

    /// How likely each label is for each item, and the place of the right one.
    private record Expectations(List<double[]> probabilities, int[] gold) {
        static final Expectations NONE = new Expectations(List.of(), new int[0]);
    }

    /// An item that could not be asked expects nothing.
    private Expectations expectations(List<Asked> asked, List<Drawn> drawn) {
        List<double[]> probabilities = new ArrayList<>();
        int[] gold = new int[asked.size()];
        int next = 0;
        for (int i = 0; i < gold.length; i++) {
            boolean open = asked.get(i).prompt().isPresent();
            probabilities.add(open ? drawn.get(next++).shares() : new double[0]);
            gold[i] = open ? labels().indexOf(asked.get(i).item().answer()) : -1;
        }
        return new Expectations(probabilities, gold);
    }

    private ItemResult result(Drawn drawn) {
        Outcome outcome = outcome(drawn, primaryLength());
        Question question = outcome.voters.getFirst().question;
        String answer = question.answers.get(outcome.answer);
        TaskItem item = question.asked.item();
        PromptRenderer.Prompt prompt = question.asked.prompt().orElseThrow();
        return new ItemResult(
                item.id(),
                item.input(),
                item.references(),
                setting.renderer().text(prompt),
                question.way.text().isEmpty() ? answer : question.way.text() + " " + answer,
                answer,
                "",
                credit(outcome, primaryLength()),
                Math.min(1, drawn.share(outcome.answer)),
                prompt.ids().length,
                drawn.samples.stream()
                        .mapToInt(one -> one.question.way.ids().length)
                        .sum(),
                drawn.samples.size(),
                drawn.samples.stream().anyMatch(one -> one.question.way.cut()),
                prompt.demosRequested(),
                prompt.demosKept(),
                prompt.cutTokens(),
                item.group(),
                "");
    }

    /// Answers that share the best score share the credit, on average over the ways that voted for the first of them.
    private static double credit(Outcome outcome, Length length) {
        return outcome.voters.stream()
                .mapToDouble(one -> credit(one.question, best(one, length)))
                .average()
                .orElseThrow();
    }

    private static double credit(Question question, List<Integer> best) {
        boolean right =
                best.stream().anyMatch(i -> question.asked.item().references().contains(question.answers.get(i)));
        return right ? 1.0 / best.size() : 0;
    }

    /// The answers that share the best score, in their order.
    private static List<Integer> best(Answered answered, Length length) {
        Question question = answered.question;
        double[] scores = new double[answered.sums.length];
        for (int i = 0; i < scores.length; i++)
            scores[i] = length.of(
                    answered.sums[i], answered.alone[i], question.answers.get(i), question.completions.get(i).length);
        double most = Arrays.stream(scores).max().orElseThrow();
        return IntStream.range(0, scores.length)
                .filter(i -> most - scores[i] <= TIE)
                .boxed()
                .toList();
    }

    private static Length length(String metric) {
        for (Length length : Length.values())
            if (metric.equals("accuracy(" + length.name().toLowerCase(java.util.Locale.ROOT) + ")")) return length;
        return Length.SUM;
    }

    private static Score choiceScore(
            String metric, List<Asked> asked, List<Drawn> drawn, Clusters clusters, String split) {
        Length length = length(metric);
        double[] credits = new double[asked.size()];
        int next = 0;
        for (int i = 0; i < credits.length; i++) {
            if (asked.get(i).prompt().isEmpty()) continue; // could not be asked: wrong
            credits[i] = credit(outcome(drawn.get(next++), length), length);
        }
        double value = ClusteredMean.mean(credits);
        return new Score(
                "accuracy",
                length.name().toLowerCase(java.util.Locale.ROOT),
                split,
                credits.length,
                value,
                ClusteredMean.ofShare(credits, clusters, Score.LEVEL).including(value));
    }

    /// The primary score of any of the items, where it is no mean of theirs.
    private Optional<BootstrapDraws.Statistic> ofAll(List<ItemResult> items, Expectations expectations) {
        String primary = setting.data().spec().metrics().getFirst();
        OptionalDouble kept = TaskMetric.selectiveAt(primary);
        if (kept.isPresent()) return Optional.of(calibration(items).selectiveAccuracyOfAny(kept.getAsDouble()));
        return switch (primary) {
            case "macro_f1" -> Optional.of(classification(items).macroF1OfAny());
            case "mcc" -> Optional.of(classification(items).matthewsOfAny());
            case "ece10" -> Optional.of(calibration(items).calibrationOfAny());
            case TaskMetric.BRIER -> Optional.of(Calibration.brierOfAny(expectations.probabilities, expectations.gold));
            case "brier_top" -> Optional.of(calibration(items).brierTopOfAny());
            default -> Optional.empty();
        };
    }

    private static Classification classification(List<ItemResult> items) {
        List<String> gold =
                items.stream().map(item -> item.references().getFirst()).toList();
        List<Prediction> predictions = items.stream()
                .map(item -> item.failed().isEmpty()
                        ? (Prediction) new Prediction.Parsed(item.answer())
                        : new Prediction.Unparsed(item.failed()))
                .toList();
        double[] credits = items.stream().mapToDouble(ItemResult::credit).toArray();
        return Classification.withCredits(gold, predictions, ItemScores.of(credits));
    }

    private Score labelScore(
            String metric, List<ItemResult> items, Expectations expectations, Clusters clusters, String split) {
        String form = bundle.prior() == null ? "raw,label" : "raw,calibrated";
        Classification classification = classification(items).over(clusters);
        Rng rng = Rng.of(setting.seed(), "eval", metric); // the same answers, the same interval
        OptionalDouble kept = TaskMetric.selectiveAt(metric);
        if (kept.isPresent())
            return calibration(items).over(clusters).selectiveAccuracy(kept.getAsDouble(), metric, form, split, rng);
        return switch (metric) {
            case "accuracy" -> classification.accuracy(form, split);
            case "macro_f1" -> classification.macroF1(form, split, rng);
            case "mcc" -> classification.matthews(form, split, rng);
            case "ece10" -> calibration(items).over(clusters).expectedError(form, split, rng);
            case TaskMetric.BRIER ->
                Calibration.brier(form, split, expectations.probabilities, expectations.gold, clusters);
            default -> calibration(items).over(clusters).brierTop(form, split);
        };
    }

    private static Calibration calibration(List<ItemResult> items) {
        boolean[] right = new boolean[items.size()];
        for (int i = 0; i < right.length; i++) right[i] = items.get(i).credit() >= 1;
        return Calibration.of(
                items.stream().mapToDouble(ItemResult::probability).toArray(), right);
    }
}
