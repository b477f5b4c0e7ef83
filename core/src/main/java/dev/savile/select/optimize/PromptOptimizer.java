package dev.savile.select.optimize;

import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.Rng;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.statistics.Holm;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.PairedBootstrap;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskRun.Expected;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.select.Budget;
import dev.savile.select.optimize.DevScores.Measured;
import dev.savile.technique.prompt.CorrectOnly;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Search for a prompt under which one small local model expects the right answers more: worked examples, system text
/// and instructions, label words, calibration, one after the other. Examples come first, since they bring most.
///
/// TRAIN alone is used, taken apart once more: four fifths, at most 500 rows, are compared on, examples come from the
/// rest; near-duplicates stay on one side, so no prompt is judged on its own examples. Candidates are compared by the
/// log-probability of the right answer, which says more a row than counting right answers; all on the same rows, few at
/// first and more for those that are left. A change is accepted when its gain is beyond chance, with all candidates
/// counted, and costs no accuracy beyond the tolerance. Where answers are written, that is seen on a few rows, whose
/// answers are written under both prompts. That nothing helps is a usual result.
///
/// *Cost*: about 45 candidates over 35 rows, a third of them over 105, three of each kind over all. Each kind has its
/// share of the time; where that is short, the last candidates are left out and the finalists see fewer rows.
/// *Origin*: demo search as in Khattab et al., "DSPy", 2023; successive halving, Jamieson and Talwalkar, 2016.
public final class PromptOptimizer {
    private static final double DEV_SHARE = 0.8;
    private static final int MAX_DEV = 500;
    private static final int FIRST_ROWS = 35;
    private static final int SECOND_ROWS = 105;
    private static final int FINALISTS = 3;
    private static final double ALPHA = 0.05;
    private static final double LEVEL = 0.95;
    private static final int DRAWS = 2_000;
    private static final int RANDOM_SETS = 8;
    private static final int MAX_SHOTS = 8;
    private static final int FEW_ROWS = 50;
    /// Dev rows that answers are written to before a change is taken.
    private static final int WRITTEN_ROWS = 24;
    /// With fewer rows a search of examples and instructions together is easily won by chance.
    private static final int JOINT_ROWS = 200;
    /// Rows that examples are chosen from.
    private static final int MAX_POOL = 500;

    private final TaskData data;
    private final TaskSystem system;
    private final AnswerCache cache;
    private final long seed;
    private final double tolerance;
    private final Budget budget;
    private final Progress progress;
    private final StopSignal stop;
    private final List<TaskItem> dev;
    private final List<TaskItem> pool;
    private final List<PromptStep> steps = new ArrayList<>();
    private final DevScores scores;
    /// Whether something was left out for lack of time.
    private boolean cut;

    /// @param system    the prompt to begin with is its own
    /// @param tolerance accuracy that a change may cost, as a share; without effect where answers are written
    /// @param budget    time after which what was found counts
    /// @throws UserError `prompt.few` when there are too few rows to search with
    public PromptOptimizer(
            TaskData data,
            TaskSystem system,
            AnswerCache cache,
            double tolerance,
            Budget budget,
            long seed,
            Progress progress,
            StopSignal stop) {
        this.data = data;
        this.system = system;
        this.cache = cache;
        this.seed = seed;
        this.tolerance = tolerance;
        this.budget = budget;
        this.progress = progress;
        this.stop = stop;
        if (data.train().size() < FEW_ROWS)
            throw new UserError(
                    "prompt.few",
                    "the task " + data.spec().name() + " has " + data.train().size() + " rows to search with",
                    "with fewer than " + FEW_ROWS + " a search finds what fits them by chance",
                    "write the prompt by hand, or give more rows");
        List<LabelledRow> rows = data.rows(data.train());
        Map<Integer, TaskItem> byId = new LinkedHashMap<>();
        for (TaskItem item : data.train()) byId.put(item.id(), item);
        int devRows = (int) Math.min(MAX_DEV, Math.round(DEV_SHARE * rows.size()));
        Split split = Splitter.inner(rows, data.groups(), devRows, seed);
        if (split.select().isEmpty())
            throw new UserError(
                    "prompt.few",
                    "no rows of the task " + data.spec().name() + " can be kept back to judge prompts on",
                    "rows that belong together stay together, and these are too few groups",
                    "write the prompt by hand, or give more rows");
        dev = items(split.select(), byId);
        pool = Evenly.of(items(split.train(), byId), MAX_POOL);
        scores = new DevScores(
                dev, seed, budget, (candidate, items) -> run(candidate).expected(items));
    }

    private static List<TaskItem> items(List<LabelledRow> rows, Map<Integer, TaskItem> byId) {
        List<TaskItem> items = new ArrayList<>();
        for (LabelledRow row : rows) {
            TaskItem item = byId.get(row.id());
            if (item != null) items.add(item);
        }
        return items;
    }

    List<TaskItem> dev() {
        return dev;
    }

    List<TaskItem> pool() {
        return pool;
    }

    /// Search. Call it on the engine's thread.
    ///
    /// @param instructions further instructions to try, such as the user's own
    public OptimizedPrompt run(List<String> instructions) {
        if (data.train().size() < JOINT_ROWS)
            progress.warn(data.train().size() + " rows are few for a search of examples and instructions together; "
                    + JOINT_ROWS + " tell gains from chance better");
        PromptBundle best = system.bundle();
        best = step("examples", 0.5, best, (current, _) -> examples(current));
        best = step("system text", 0.2, best, (current, _) -> systems(current));
        best = step("instruction", 0.6, best, (current, end) -> instructions(current, instructions, end));
        best = step("label words", 0.5, best, (current, _) -> labelWords(current));
        if (data.spec().kind() == TaskKind.LABEL)
            best = step("calibration", 1, best, (current, _) -> calibrated(current));
        return new OptimizedPrompt(best, steps, dev.size(), pool.size(), cut || over());
    }

    private boolean over() {
        return stop.requested() || budget.left() <= 0;
    }

    /// Find what to try.
    private interface Candidates {
        /// @param end seconds of the budget to leave
        List<PromptCandidate> of(PromptBundle current, double end);
    }

    /// Try candidates against the prompt so far and return the one to go on with.
    ///
    /// @param share of the time left that the step may take
    private PromptBundle step(String what, double share, PromptBundle current, Candidates candidates) {
        if (over()) return current;
        double end = budget.left() * (1 - share);
        // what labels get was measured under the prompt as it is, and holds for no other
        List<PromptCandidate> all = candidates.of(current.change().prior(null).done(), (budget.left() + end) / 2);
        if (all.isEmpty()) return current;
        List<Measured> alive = look(all, FIRST_ROWS, (budget.left() + end) / 2);
        int tried = alive.size();
        alive = best(alive, Math.max(FINALISTS, (tried + 2) / 3));
        if (alive.size() > FINALISTS && seconds(alive, SECOND_ROWS) < (budget.left() - end) / 2)
            alive = look(alive.stream().map(Measured::candidate).toList(), SECOND_ROWS, end);
        List<PromptCandidate> last = new ArrayList<>();
        for (Measured one : best(alive, FINALISTS)) last.add(one.candidate());
        last.add(new PromptCandidate("as it is", current));
        Optional<List<Measured>> finals = finals(last, end);
        if (tried == 0 || finals.isEmpty()) return current;
        List<Measured> measured = finals.get();
        int proposed = (int)
                all.subList(0, tried).stream().filter(PromptCandidate::proposed).count();
        return decide(what, tried, proposed, measured.getLast(), measured.subList(0, measured.size() - 1));
    }

    /// Score candidates, the first ones where time does not suffice for all.
    ///
    /// @param end seconds of the budget to leave
    private List<Measured> look(List<PromptCandidate> candidates, int rows, double end) {
        List<Measured> measured = new ArrayList<>();
        for (PromptCandidate candidate : candidates) {
            if (over() || budget.left() <= end) {
                cut = true;
                break;
            }
            scores.first(rows, candidate).ifPresent(measured::add);
        }
        return measured;
    }

    /// Score the last candidates and the prompt so far on as many rows as time allows, the same for all.
    ///
    /// @return nothing when time ran out
    private Optional<List<Measured>> finals(List<PromptCandidate> candidates, double end) {
        List<Measured> measured = look(candidates, FIRST_ROWS, 0);
        if (measured.size() < candidates.size()) return Optional.empty();
        double perRow = measured.stream().mapToDouble(Measured::secondsPerRow).sum();
        int affordable = FIRST_ROWS + (int) Math.min(scores.size(), Math.max(0, budget.left() - end) / perRow);
        int rows = Math.clamp(affordable, Math.min(SECOND_ROWS, scores.size()), scores.size());
        if (rows < scores.size()) cut = true;
        measured = look(candidates, rows, 0);
        return measured.size() < candidates.size() ? Optional.empty() : Optional.of(measured);
    }

    private static List<Measured> best(List<Measured> measured, int count) {
        return measured.stream()
                .sorted(Comparator.comparingDouble((Measured one) -> -one.objective()))
                .limit(count)
                .toList();
    }

    /// Seconds that scoring prompts on so many rows will take, beyond those they were scored on.
    private static double seconds(List<Measured> measured, int rows) {
        return measured.stream()
                .mapToDouble(one -> one.secondsPerRow() * Math.max(0, rows - one.asked()))
                .sum();
    }

    private PromptBundle decide(String what, int tried, int proposed, Measured own, List<Measured> finalists) {
        // The finalists were chosen among all candidates on rows that they are compared on now: all of them count.
        double[] p = new double[Math.max(tried, finalists.size())];
        Arrays.fill(p, 1);
        List<Optional<PairedBootstrap>> gains = new ArrayList<>();
        for (Measured finalist : finalists) gains.add(bootstrap(finalist, own, what));
        for (int i = 0; i < gains.size(); i++)
            p[i] = gains.get(i).map(PairedBootstrap::signFlipGreaterP).orElse(1.0);
        double[] adjusted = Holm.adjust(p);
        int best = 0;
        for (int i = 1; i < finalists.size(); i++)
            if (finalists.get(i).objective() > finalists.get(best).objective()) best = i;
        Measured winner = finalists.get(best);
        boolean beyondChance = adjusted[best] < ALPHA && winner.objective() > own.objective();
        OptionalDouble before = own.accuracy();
        OptionalDouble after = winner.accuracy();
        if (beyondChance && data.spec().kind().written()) {
            before = written(own);
            after = before.isPresent() ? written(winner) : before;
        }
        boolean unseen = beyondChance && (before.isEmpty() || after.isEmpty());
        boolean costs = beyondChance && !unseen && worse(before.getAsDouble(), after.getAsDouble());
        String reason = !beyondChance
                ? "no gain beyond chance"
                : unseen
                        ? "time ran out before it was seen whether as many are right"
                        : costs ? "right answers are expected more, yet fewer are right" : "a gain beyond chance";
        boolean accepted = beyondChance && !unseen && !costs;
        steps.add(new PromptStep(
                what,
                tried,
                proposed,
                winner.candidate().words(),
                own.objective(),
                winner.objective(),
                gaps(winner, own).length,
                gains.get(best).flatMap(found -> found.interval(LEVEL)).orElse(Interval.UNBOUNDED),
                before,
                after,
                adjusted[best],
                accepted,
                reason));
        return (accepted ? winner : own).candidate().bundle();
    }

    /// Whether a change costs more than may be, by the task's first metric where answers are written, else by accuracy.
    private boolean worse(double before, double after) {
        boolean errors = data.spec().kind().written()
                && !TextMetric.of(data.spec().metrics().getFirst()).measure().higherIsBetter();
        return (errors ? after - before : before - after) > least();
    }

    /// Loss of accuracy that a change is refused for: the tolerance, and of few written answers more than one.
    private double least() {
        return data.spec().kind().written()
                ? Math.max(tolerance, 1.0 / Math.min(WRITTEN_ROWS, dev.size()) + 1e-9)
                : tolerance;
    }

    /// Write answers to some dev rows and score them by the task's first metric; nothing where time is up.
    private OptionalDouble written(Measured measured) {
        if (over()) return OptionalDouble.empty();
        return run(measured.candidate())
                .run(Evenly.of(dev, WRITTEN_ROWS), "dev")
                .map(result -> OptionalDouble.of(result.primary().value()))
                .orElse(OptionalDouble.empty());
    }

    /// Draw rows again and again; nothing for fewer than two.
    private Optional<PairedBootstrap> bootstrap(Measured first, Measured second, String what) {
        double[] gaps = gaps(first, second);
        return gaps.length < 2
                ? Optional.empty()
                : Optional.of(PairedBootstrap.of(
                        gaps,
                        DRAWS,
                        Rng.of(seed, "optimize", what, first.candidate().words())));
    }

    /// How much more the right answer is expected, row by row.
    private static double[] gaps(Measured first, Measured second) {
        Map<Integer, Double> others = new LinkedHashMap<>();
        for (Expected row : second.rows()) others.put(row.item(), row.logProbability());
        return first.rows().stream()
                .filter(row -> others.containsKey(row.item()))
                .mapToDouble(row -> row.logProbability() - others.getOrDefault(row.item(), 0.0))
                .toArray();
    }

    private TaskRun run(PromptCandidate candidate) {
        return new TaskRun(data, system.with(candidate.words(), candidate.bundle()), cache, seed, progress, stop);
    }

    private List<PromptCandidate> systems(PromptBundle current) {
        return Instructions.systems(data.spec().kind()).stream()
                .filter(text -> !text.equals(current.system()))
                .map(text -> new PromptCandidate(
                        text.isEmpty() ? "no system text" : "\"" + text + "\"",
                        current.change().system(text).done()))
                .toList();
    }

    private List<PromptCandidate> instructions(PromptBundle current, List<String> given, double end) {
        Set<String> texts = new LinkedHashSet<>(given);
        texts.add("");
        texts.addAll(Instructions.usual(data.spec().kind()));
        texts.addAll(mined(current));
        List<PromptCandidate> candidates = new ArrayList<>();
        texts.remove(current.instruction());
        for (String text : texts) candidates.add(instructed(current, text, false));
        var proposer = new Instructions(system, seed);
        for (int round = 0; round < Instructions.ROUNDS; round++) {
            List<Instructions.Tried> tried = round == 0 ? List.of() : tried(candidates, end);
            if (round > 0 && tried.size() < candidates.size()) break; // no time to see what helps
            for (String text : proposer.proposed(pool, data.train(), round, tried, stop))
                if (!text.equals(current.instruction()) && texts.add(text))
                    candidates.add(instructed(current, text, true));
        }
        if (!current.labels().isEmpty())
            candidates.add(new PromptCandidate(
                    current.listLabels() ? "labels not listed" : "labels listed",
                    current.change()
                            .labels(current.labels(), !current.listLabels())
                            .done()));
        return candidates;
    }

    private static PromptCandidate instructed(PromptBundle current, String text, boolean proposed) {
        String words = text.isEmpty() ? "no instruction" : "\"" + text + "\"";
        return new PromptCandidate(words, current.change().instruction(text).done(), proposed);
    }

    /// How instructions do on the first rows, which they are scored on in any case.
    private List<Instructions.Tried> tried(List<PromptCandidate> candidates, double end) {
        List<Instructions.Tried> tried = new ArrayList<>();
        for (PromptCandidate candidate : candidates) {
            if (over() || budget.left() <= end) break;
            scores.first(FIRST_ROWS, candidate)
                    .ifPresent(measured -> tried.add(new Instructions.Tried(
                            candidate.bundle().instruction(),
                            measured.accuracy().orElse(Math.exp(measured.objective())))));
        }
        return tried;
    }

    /// Labels as a person would write them, where their names are those of a program. An instruction that was made of
    /// the labels' words follows them.
    private List<PromptCandidate> labelWords(PromptBundle current) {
        List<PromptCandidate> candidates = new ArrayList<>();
        if (current.labels().isEmpty()) return candidates;
        boolean mined = mined(current).contains(current.instruction());
        for (LabelWords way : LabelWords.values()) {
            Map<String, String> words = way.of(current.labels());
            if (words.isEmpty() || words.equals(current.words())) continue;
            PromptBundle renamed = current.change().words(words).done();
            if (mined)
                renamed =
                        renamed.change().instruction(mined(renamed).getFirst()).done();
            candidates.add(new PromptCandidate(way.words(), renamed));
        }
        return candidates;
    }

    private List<String> mined(PromptBundle bundle) {
        return MinedInstructions.of(data.spec().kind(), pool, bundle);
    }

    /// Sets of examples that stay the same for every message, and ways to choose them by the message.
    private List<PromptCandidate> examples(PromptBundle current) {
        List<Demo> demos = pool.stream().map(TaskItem::demo).toList();
        List<PromptCandidate> candidates = new ArrayList<>();
        for (int shots : new int[] {MAX_SHOTS, MAX_SHOTS / 2})
            for (DemoStrategy strategy : DemoStrategy.values())
                if (!strategy.fixed())
                    candidates.add(new PromptCandidate(
                            shots + " examples by " + strategy.id(), withDemos(current, strategy, shots, seed, demos)));
        for (int set = 0; set < RANDOM_SETS; set++) {
            int shots = 1 + set % 4 * 2;
            DemoStrategy strategy = set % 2 == 0 ? DemoStrategy.RANDOM : DemoStrategy.LABEL_BALANCED;
            candidates.add(new PromptCandidate(
                    shots + " examples by " + strategy.id() + ", set " + set,
                    withDemos(current, strategy, shots, seed + set, demos)));
        }
        List<Demo> solved = solved(current);
        for (int set = 0; set < RANDOM_SETS / 2 && !solved.isEmpty(); set++) {
            int shots = 1 + set * 2;
            candidates.add(new PromptCandidate(
                    shots + " examples that the model solves itself, set " + set,
                    withDemos(current, DemoStrategy.RANDOM, shots, seed + set, solved)));
        }
        return candidates;
    }

    /// Rows of the pool that the model solves with the help of rows of other folds.
    private List<Demo> solved(PromptBundle current) {
        if (data.spec().kind().written() || over()) return List.of();
        Map<Integer, TaskItem> byId = new LinkedHashMap<>();
        List<LabelledRow> rows = new ArrayList<>();
        for (TaskItem item : Evenly.of(pool, SECOND_ROWS)) {
            byId.put(item.id(), item);
            rows.add(new LabelledRow(item.id(), item.input(), item.answer(), item.line()));
        }
        try {
            var correct = CorrectOnly.of(rows, data.groups(), seed, (questions, examples) -> {
                PromptBundle shown = withDemos(
                        current,
                        DemoStrategy.RANDOM,
                        MAX_SHOTS / 2,
                        seed,
                        items(examples, byId).stream().map(TaskItem::demo).toList());
                Map<Integer, Double> credits = new LinkedHashMap<>();
                run(new PromptCandidate("rows that it solves", shown))
                        .expected(items(questions, byId))
                        .ifPresent(all -> all.forEach(one -> credits.put(one.item(), one.credit())));
                boolean[] solves = new boolean[questions.size()];
                for (int i = 0; i < solves.length; i++)
                    solves[i] = credits.getOrDefault(questions.get(i).id(), 0.0) == 1;
                return solves;
            });
            return items(correct.pool(), byId).stream().map(TaskItem::demo).toList();
        } catch (UserError e) {
            if (!e.code().equals("prompt.correct-only")) throw e;
            return List.of(); // it solves none: there are no such examples
        }
    }

    private static PromptBundle withDemos(
            PromptBundle current, DemoStrategy strategy, int shots, long drawSeed, List<Demo> demos) {
        return current.withDemos(new PromptBundle.Demos(
                strategy.id(),
                shots,
                drawSeed,
                0,
                demos,
                DemoOrder.REVERSE,
                current.demos().layout(),
                current.demos().delimiter(),
                current.demos().encoder()));
    }

    private List<PromptCandidate> calibrated(PromptBundle current) {
        List<PromptCandidate> candidates = new ArrayList<>();
        for (LabelPrior.Kind kind : LabelPrior.Kind.values()) {
            List<TaskItem> items = Evenly.of(pool, SECOND_ROWS);
            run(new PromptCandidate("calibration", current.change().prior(null).done()))
                    .prior(kind, items)
                    .ifPresent(prior -> candidates.add(new PromptCandidate(
                            "divided by what labels get "
                                    + (kind == LabelPrior.Kind.CC ? "without a message" : "on average"),
                            current.change().prior(prior).done())));
        }
        return candidates;
    }
}
