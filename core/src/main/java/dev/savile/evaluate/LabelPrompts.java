package dev.savile.evaluate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.HiddenStateEmbedder;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.TextEmbedder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Predict labels by a prompt bundle: render each text, score all labels, take the best.
public final class LabelPrompts {
    private static final double TIE = 1e-5;

    private final BaseModel base;
    private final Tuning tuning;
    private final PromptBundle bundle;
    private final PromptRenderer renderer;
    private final DemoSelector demos;

    /// @param tuning what a technique changes; positions that it puts before a prompt count against the context
    public LabelPrompts(BaseModel base, Tuning tuning, PromptBundle bundle, PromptRenderer.OverLength overLength) {
        this(base, tuning, bundle, overLength, HiddenStateEmbedder.cached(base));
    }

    /// @param embedder finds examples that mean the same
    public LabelPrompts(
            BaseModel base,
            Tuning tuning,
            PromptBundle bundle,
            PromptRenderer.OverLength overLength,
            TextEmbedder embedder) {
        this.base = base;
        this.tuning = tuning;
        this.bundle = bundle;
        int room = base.model().spec().maxPositions() - tuning.lead().length();
        renderer = new PromptRenderer(bundle, base.encoder(), room, overLength);
        demos = new DemoSelector(bundle, embedder);
    }

    /// What came of one text.
    ///
    /// @param label        best label; the earliest of those within 1e-5 nats of the best
    /// @param tied         labels that share the best score
    /// @param probability  of the label among all labels; of many, hopeless ones count by a bound
    /// @param margin       lead over the next label in nats; at least so much where it is above 8
    /// @param promptTokens tokens of the prompt
    /// @param demosKept    examples that fitted into it
    public record Answer(
            String label, List<String> tied, double probability, double margin, int promptTokens, int demosKept) {
        /// 0 to 1: labels that share the best score share the credit.
        public double credit(String wanted) {
            return tied.contains(wanted) ? 1.0 / tied.size() : 0;
        }
    }

    /// Answers of all texts that were reached, and what they cost.
    ///
    /// @param seconds time for all answers
    public record Answers(List<Answer> answers, double seconds) {
        public double meanPromptTokens() {
            return answers.stream().mapToInt(Answer::promptTokens).average().orElse(0);
        }
    }

    /// Credits of answers, see [Answer#credit].
    ///
    /// @param wanted at least one for each answer
    public static double[] credits(List<Answer> answers, List<String> wanted) {
        return IntStream.range(0, answers.size())
                .mapToDouble(i -> answers.get(i).credit(wanted.get(i)))
                .toArray();
    }

    /// Score answers, one for each label that is wanted.
    public static Classification classification(List<Answer> answers, List<String> wanted) {
        List<Prediction> predictions = new ArrayList<>();
        for (Answer answer : answers) predictions.add(new Prediction.Parsed(answer.label()));
        return Classification.withCredits(wanted, predictions, ItemScores.of(credits(answers, wanted)));
    }

    public PromptRenderer renderer() {
        return renderer;
    }

    /// Predict the labels of texts at once, without the way that a prompt may ask for. Call it on the engine's
    /// thread.
    ///
    /// @return fewer answers than texts only after a stop was requested
    /// @throws UserError `prompt.field` when the prompt has several fields; `prompt.too-long`
    public Answers predict(List<String> texts, Progress.Task task, StopSignal stop) {
        long started = System.nanoTime();
        List<int[]> contexts = new ArrayList<>();
        List<PromptRenderer.Prompt> prompts = new ArrayList<>();
        for (String text : texts) {
            Map<String, String> fields = bundle.fieldsOf(text);
            PromptRenderer.Prompt prompt = renderer.prompt(fields, demos.choose(bundle.inputText(fields)));
            prompts.add(prompt);
            contexts.add(prompt.ids());
        }
        var trie = new LabelTrie(bundle.labels(), renderer.labelCompletions());
        var scorer = new LabelScorer(base.model(), trie);
        LabelPrior prior = bundle.prior();
        // a prior divides far labels too, whose sums must then be no bounds
        double[][] scores = prior == null
                ? scorer.likely(contexts, tuning, task, stop)
                : scorer.scores(contexts, tuning, task, stop);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] == null) break; // stopped before all were reached
            answers.add(answer(prior == null ? scores[i] : prior.calibratedScores(scores[i]), prompts.get(i)));
        }
        return new Answers(answers, (System.nanoTime() - started) / 1e9);
    }

    private Answer answer(double[] scores, PromptRenderer.Prompt prompt) {
        double best = Double.NEGATIVE_INFINITY;
        for (double score : scores) best = Math.max(best, score);
        double sum = 0;
        double next = Double.NEGATIVE_INFINITY;
        List<String> tied = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            sum += Math.exp(scores[i] - best);
            if (best - scores[i] <= TIE) tied.add(bundle.labels().get(i));
            else next = Math.max(next, scores[i]);
        }
        double margin = tied.size() > 1 ? 0 : best - next;
        return new Answer(tied.getFirst(), tied, 1 / sum, margin, prompt.ids().length, prompt.demosKept());
    }
}
