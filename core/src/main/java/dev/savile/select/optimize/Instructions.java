package dev.savile.select.optimize;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.generate.DrawKey;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Sampling;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Where instructions to try come from: starting points by the kind of task, and the model's own words for what some
/// examples have in common. A small model's proposals are seldom good; they are measured like any other.
final class Instructions {
    /// Rounds of proposals; all but the first are shown how the instructions before them did.
    static final int ROUNDS = 3;
    /// Proposals of the first round, and of each further one.
    private static final int FIRST_PROPOSALS = 4;

    private static final int FURTHER_PROPOSALS = 3;
    /// Instructions whose success is shown.
    private static final int SHOWN_TRIED = 6;
    private static final int SHOWN = 5;
    private static final int MAX_TOKENS = 64;
    private static final int MAX_EXAMPLE_CHARACTERS = 300;
    private static final double TEMPERATURE = 1.0;
    /// So many words in a row that stand in TRAIN mean that an instruction repeats a row.
    private static final int COPIED_WORDS = 13;

    private final TaskSystem system;
    private final long seed;

    Instructions(TaskSystem system, long seed) {
        this.system = system;
        this.seed = seed;
    }

    /// Return starting points for a kind of task.
    static List<String> usual(TaskKind kind) {
        return switch (kind) {
            case LABEL ->
                List.of(
                        "Sort the user's message into a category. Answer with the name of the category and nothing else.",
                        "Which category does the text belong to?",
                        "You are a careful classifier. Reply with exactly one of the categories.");
            case CHOICE -> List.of("Choose the right answer.", "Answer the question truthfully.");
            case NUMBER ->
                List.of(
                        "Solve the problem. Answer with the number and nothing else.",
                        "You are good at arithmetic. What is the result? Give only the number.");
            case TEXT -> List.of("Answer briefly and exactly.", "Do what the examples do.");
            case PERPLEXITY -> List.of();
        };
    }

    /// Return texts of who answers, by the kind of task; none at all among them.
    static List<String> systems(TaskKind kind) {
        return switch (kind) {
            case LABEL ->
                List.of(
                        "",
                        "You are a helpful assistant.",
                        "You are a precise classifier. You reply with one category.");
            case CHOICE -> List.of("", "You are a helpful assistant.", "You are an expert. You answer truthfully.");
            case NUMBER ->
                List.of("", "You are a helpful assistant.", "You are a calculator. You reply with a number.");
            case TEXT -> List.of("", "You are a helpful assistant.", "You answer briefly and to the point.");
            case PERPLEXITY -> List.of();
        };
    }

    /// An instruction and how it did.
    ///
    /// @param score share of right answers, or the geometric mean of their probabilities, 0 to 1
    record Tried(String text, double score) {}

    /// Let the model say what leads from questions to answers.
    ///
    /// @param pool  rows that are shown
    /// @param train rows that must not be repeated
    /// @param round from 0; each shows other rows
    /// @param tried instructions so far; the best of them are shown with their scores
    List<String> proposed(List<TaskItem> pool, List<TaskItem> train, int round, List<Tried> tried, StopSignal stop) {
        var base = system.base();
        var generator = new TextGenerator(base.model(), system.tuning(), base.encoder());
        GenerationOptions options = GenerationOptions.greedy(MAX_TOKENS)
                .with(Sampling.at(TEMPERATURE, seed))
                .withStop("\n");
        List<GenerationRequest> requests = new ArrayList<>();
        int first = round == 0 ? 0 : FIRST_PROPOSALS + (round - 1) * FURTHER_PROPOSALS;
        int count = round == 0 ? FIRST_PROPOSALS : FURTHER_PROPOSALS;
        for (int k = first; k < first + count; k++)
            requests.add(generator.request(
                    Conversation.of(Message.user(question(pool, k, tried))),
                    options,
                    new DrawKey("instructions", Integer.toString(k), 0)));
        requests.removeIf(request -> request.promptIds().length + MAX_TOKENS
                > base.model().spec().maxPositions() - system.tuning().lead().length());
        Set<String> rows = new LinkedHashSet<>();
        for (TaskItem item : train) rows.addAll(runs(item.input()));
        Set<String> proposals = new LinkedHashSet<>();
        try (Progress.Task task = Progress.none().start("", requests.size(), "")) {
            for (TextGeneration answer : generator.generateAll(requests, requests.size() + 1, task, stop)) {
                if (answer.generation().finish() == Finish.STOPPED) continue;
                String text = answer.text().strip().replaceAll("^[\"“]|[\"”]$", "");
                if (!text.isBlank() && runs(text).stream().noneMatch(rows::contains)) proposals.add(text);
            }
        }
        return List.copyOf(proposals);
    }

    /// What the model is asked for a proposal.
    static String question(List<TaskItem> pool, int proposal, List<Tried> tried) {
        var text = new StringBuilder("Here are some questions with their right answers.\n\n");
        for (int k = 0; k < Math.min(SHOWN, pool.size()); k++) {
            TaskItem item = pool.get((proposal * SHOWN + k) % pool.size());
            text.append("Question: ")
                    .append(shortened(item.input()))
                    .append("\nAnswer: ")
                    .append(shortened(item.answer()))
                    .append("\n\n");
        }
        List<Tried> best = tried.stream()
                .filter(one -> !one.text.isBlank())
                .sorted(Comparator.comparingDouble((Tried one) -> -one.score))
                .limit(SHOWN_TRIED)
                .toList();
        if (best.isEmpty())
            return text.append("Write one sentence that instructs somebody to answer such questions.")
                    .toString();
        text.append("Here are instructions for such questions and how many of the answers were right with them.\n\n");
        for (Tried one : best.reversed())
            text.append(String.format(Locale.ROOT, "%s: %.0f %%%n", one.text, 100 * one.score));
        return text.append("\nWrite one sentence that instructs better, different from all of these.")
                .toString();
    }

    private static String shortened(String text) {
        return text.length() <= MAX_EXAMPLE_CHARACTERS ? text : text.substring(0, MAX_EXAMPLE_CHARACTERS) + " ...";
    }

    /// All runs of words that are long enough to be a copy.
    private static Set<String> runs(String text) {
        String[] words = text.toLowerCase(Locale.ROOT).strip().split("\\s+");
        Set<String> runs = new LinkedHashSet<>();
        for (int i = 0; i + COPIED_WORDS <= words.length; i++)
            runs.add(String.join(" ", List.of(words).subList(i, i + COPIED_WORDS)));
        return runs;
    }
}
