package dev.savile.evaluate.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.savile.engine.Rng;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.PairedCorpus;
import dev.savile.evaluate.statistics.PairedEvidence;
import dev.savile.evaluate.statistics.Proportion;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a system reached on a task, and what it cost.
///
/// @param task    name and version
/// @param system  name of the system
/// @param split   which items
/// @param scores  the primary one first
/// @param items   in the order of the task; empty for tasks without answers
/// @param ofAll   the primary score of any of the items together, higher is better, by their places; empty where it is
///     the mean of their credits
/// @param seconds for all items
/// @param cached  questions answered from an earlier run; their time is not in `seconds`
/// @param peakBytes largest memory of the process until then; 0 where the system does not tell
public record TaskResult(
        String task,
        String system,
        String split,
        List<Score> scores,
        List<ItemResult> items,
        @JsonIgnore Optional<BootstrapDraws.Statistic> ofAll,
        double seconds,
        long cached,
        long peakBytes) {
    /// Share of answers cut at their length above which a comparison is biased by it.
    private static final double MANY_CUT = 0.05;

    /// Metrics of single items that are right or wrong.
    private static final Set<String> SHARES = Set.of("accuracy", "exact_match", "prefix", "contains", "regex");

    /// Each draw scores all answers of both systems once more.
    private static final int CORPUS_DRAWS = 2_000;

    public TaskResult {
        scores = List.copyOf(scores);
        items = List.copyOf(items);
    }

    public Score primary() {
        return scores.getFirst();
    }

    public double[] credits() {
        return items.stream().mapToDouble(ItemResult::credit).toArray();
    }

    /// Compare with another system on the same items, by the primary score: where that is one of all items together it
    /// is computed anew on every resample; items of one group are drawn together.
    ///
    /// @param tolerance gap that does not matter, as a share
    public Comparison against(TaskResult other, double tolerance, long seed) {
        return Comparison.of(evidence(other, tolerance, seed), tolerance);
    }

    /// Compare with several systems on the same items. All p values are Holm's, so that the chance of one false alarm
    /// among them stays at the level.
    public List<Comparison> against(List<TaskResult> others, double tolerance, long seed) {
        List<PairedEvidence> evidence =
                others.stream().map(other -> evidence(other, tolerance, seed)).toList();
        return PairedEvidence.adjusted(evidence).stream()
                .map(one -> Comparison.of(one, tolerance))
                .toList();
    }

    /// Return the Clopper-Pearson interval of the primary score, which is never too narrow; nothing where that is no
    /// share of right items, or where items hang together.
    public Optional<Interval> exact() {
        boolean share = !items.isEmpty()
                && SHARES.contains(primary().metric())
                && clusters().allSingletons();
        return share ? Proportion.clopperPearson(credits(), Score.LEVEL) : Optional.empty();
    }

    private PairedEvidence evidence(TaskResult other, double tolerance, long seed) {
        Rng rng = Rng.of(seed, "against", system, other.system);
        Clusters clusters = clusters();
        return ofAll.isPresent() && other.ofAll.isPresent()
                ? PairedCorpus.compare(clusters, ofAll.get(), other.ofAll.get(), CORPUS_DRAWS, tolerance, rng)
                : PairedEvidence.of(credits(), other.credits(), clusters, tolerance, rng);
    }

    private Clusters clusters() {
        return Clusters.ofGroups(items.stream().map(ItemResult::group).toList());
    }

    /// Tell whether every item that could be asked was answered the same, labels and choices with the same probability
    /// to the last digit: a customization that does so beside its base is most likely not in use.
    public boolean answersAs(TaskResult other) {
        int asked = 0;
        for (int i = 0; i < items.size(); i++) {
            ItemResult own = items.get(i);
            ItemResult theirs = other.items.get(i);
            if (!own.failed().isEmpty() && !theirs.failed().isEmpty()) continue;
            if (!own.output().equals(theirs.output()) || own.probability() != theirs.probability()) return false;
            asked++;
        }
        return asked > 0;
    }

    public double meanPromptTokens() {
        return items.stream().mapToInt(ItemResult::promptTokens).average().orElse(0);
    }

    public double meanWrittenTokens() {
        return items.stream().mapToInt(ItemResult::writtenTokens).average().orElse(0);
    }

    public long unparsed() {
        return items.stream().filter(item -> !item.unparsed().isEmpty()).count();
    }

    public long cutAtLength() {
        return items.stream().filter(ItemResult::cutAtLength).count();
    }

    public long withoutAllDemos() {
        return items.stream()
                .filter(item -> item.demosKept() < item.demosRequested())
                .count();
    }

    /// Questions of which a part was cut away.
    public long cut() {
        return items.stream().filter(item -> item.cutTokens() > 0).count();
    }

    /// Answers that repeat a few words again and again.
    public long looping() {
        return items.stream().filter(item -> Loops.in(item.output())).count();
    }

    /// Answers of questions that were asked, without a word.
    public long empty() {
        return items.stream()
                .filter(item -> item.failed().isEmpty() && item.output().isBlank())
                .count();
    }

    public long failed() {
        return items.stream().filter(item -> !item.failed().isEmpty()).count();
    }

    /// What a reader must know before they trust the scores.
    public List<String> warnings() {
        List<String> warnings = new java.util.ArrayList<>();
        int n = items.size();
        if (unparsed() > 0) warnings.add(unparsed() + " of " + n + " answers could not be read; they count as wrong");
        if (cutAtLength() > MANY_CUT * n)
            warnings.add(cutAtLength() + " of " + n
                    + " answers were cut off at their longest length, which biases a comparison: raise max-tokens");
        if (withoutAllDemos() > 0)
            warnings.add(
                    withoutAllDemos() + " of " + n
                            + " prompts have fewer worked examples than were asked for: others did not fit, or nearly repeat the question");
        if (cut() > 0) warnings.add(cut() + " of " + n + " questions were cut to fit the context (--over-length cut)");
        if (looping() > 0) warnings.add(looping() + " of " + n + " answers go round in a loop");
        if (empty() > 0) warnings.add(empty() + " of " + n + " answers are empty");
        if (failed() > 0) warnings.add(failed() + " of " + n + " items were too long to ask; they count as wrong");
        if (scores.stream().anyMatch(score -> !score.interval().bounded()))
            warnings.add("too few windows of text for an interval: '-' stands in its place");
        return warnings;
    }
}
