package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.technique.prompt.DemoStrategy;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Refuse options of `savile eval` that would have no effect beside the others.
final class EvalOptions {
    private static final List<String> OF_PROMPTS = List.of(
            "--shots",
            "--reasoning",
            "--samples",
            "--temperature",
            "--top-p",
            "--top-k",
            "--repetition-penalty",
            "--system",
            "--instruction",
            "--prefix",
            "--answer-tokens",
            "--regex",
            "--json-schema",
            "--choices",
            "--calibrate");
    private static final List<String> OF_TASKS = Stream.concat(
                    OF_PROMPTS.stream(),
                    Stream.of(
                            "--data-dir",
                            "--demos",
                            "--demo-order",
                            "--demo-filter",
                            "--demo-encoder",
                            "--demo-layout",
                            "--demo-tokens",
                            "--demo-pool",
                            "--demo-seed",
                            "--report",
                            "--no-cache",
                            "--latency",
                            "--judge",
                            "--judge-model",
                            "--judge-key",
                            "--judge-draws",
                            "--criterion",
                            "--human"))
            .toList();
    private static final List<String> OF_FILES = List.of(
            "--data",
            "--text",
            "--label",
            "--no-header",
            "--encoding",
            "--kind",
            "--map",
            "--allow-extra",
            "--raw",
            "--learn",
            "--generate",
            "--items",
            "--max-tokens");
    private static final List<String> OF_EXAMPLES = List.of(
            "--demos", "--demo-order", "--demo-filter", "--demo-layout", "--demo-tokens", "--demo-pool", "--demo-seed");
    private static final List<String> OF_JUDGES =
            List.of("--judge-model", "--judge-key", "--judge-draws", "--criterion", "--human");
    private static final List<String> OF_UNLABELLED = List.of("--max-tokens", "--raw", "--learn");

    private final EvalVerb verb;
    private final Predicate<String> given;

    /// @param given whether an option stands on the command line
    EvalOptions(EvalVerb verb, Predicate<String> given) {
        this.verb = verb;
        this.given = given;
    }

    /// @throws UserError `eval.task`, `eval.shots`, `eval.judge`, `eval.against`
    void check() {
        if (verb.tasks.task == null) {
            refuse(
                    OF_TASKS,
                    "eval.task",
                    "without --task",
                    "it is about the questions of a task; rows of a file are scored as they are",
                    "name a task with --task");
        } else {
            refuse(
                    OF_FILES,
                    "eval.task",
                    "with --task",
                    "a task says itself where its rows are and how they are scored",
                    "leave --task away");
            examples();
            if (verb.judge.judge == null)
                refuse(
                        OF_JUDGES,
                        "eval.judge",
                        "without --judge",
                        "it is about a model that judges pairs of answers",
                        "name the judge with --judge");
        }
        if (verb.against.isEmpty())
            refuse(
                    List.of("--tolerance"),
                    "eval.against",
                    "without --against",
                    "it is the gap between two systems that does not matter",
                    "name another system with --against");
    }

    /// Refuse what only questions have a use for, where texts are predicted.
    ///
    /// @throws UserError `eval.perplexity`
    void checkPerplexity() {
        refuse(
                Stream.concat(OF_PROMPTS.stream(), Stream.of("--exact-interval"))
                        .toList(),
                "eval.perplexity",
                "with a task of texts",
                "they are predicted as they are, and nothing is asked or answered",
                "name another task");
    }

    /// Refuse what only rows without labels have a use for.
    ///
    /// @throws UserError `eval.labelled`
    void checkLabelled() {
        refuse(
                OF_UNLABELLED,
                "eval.labelled",
                "with labelled rows",
                "they are scored by the probabilities of their labels",
                "say with --kind that the rows are others");
    }

    private void examples() {
        boolean none = DemoStrategy.of(verb.tasks.demos) == DemoStrategy.NONE;
        int shots = Objects.requireNonNullElse(verb.tasks.shots, 0);
        if (shots == 0 && !none)
            refuse(
                    OF_EXAMPLES,
                    "eval.shots",
                    "without --shots",
                    "it is about worked examples, and the prompt gets none",
                    "add --shots 4");
        if (shots > 0 && none)
            refuse(
                    List.of("--shots"),
                    "eval.shots",
                    "with --demos none",
                    "worked examples have to be chosen in some way",
                    "choose one, such as --demos bm25");
    }

    private void refuse(List<String> options, String code, String where, String why, String instead) {
        Optional<String> first = options.stream().filter(given).findFirst();
        if (first.isPresent())
            throw new UserError(
                    code,
                    first.get() + " has no effect " + where,
                    why,
                    instead + ", or leave " + first.get() + " away");
    }
}
