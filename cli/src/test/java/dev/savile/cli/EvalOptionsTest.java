package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// No option of `savile eval` is read and then ignored.
class EvalOptionsTest {
    @TempDir
    Path home;

    /// An option that has no effect.
    ///
    /// @param beside what else is given
    /// @param option with its value
    /// @param needs  what the error says that it needs
    record Ignored(List<String> beside, List<String> option, String code, String needs) {
        @Override
        public String toString() {
            return String.join(" ", option) + " beside " + String.join(" ", beside);
        }
    }

    static Stream<Ignored> ignored() {
        List<Ignored> all = new ArrayList<>();
        for (String option : List.of(
                "--report r.html",
                "--judge http://127.0.0.1:1/v1",
                "--judge-model m",
                "--judge-key KEY",
                "--judge-draws 5",
                "--criterion short",
                "--human people.csv",
                "--no-cache",
                "--data-dir folder",
                "--shots 4",
                "--demos bm25",
                "--demo-order random",
                "--demo-filter correct",
                "--demo-encoder minilm",
                "--demo-layout block",
                "--demo-tokens 100",
                "--demo-pool 10",
                "--demo-seed 3",
                "--reasoning zero-shot",
                "--samples 5",
                "--temperature 0.5",
                "--top-p 0.9",
                "--top-k 5",
                "--repetition-penalty 1.1",
                "--latency 5",
                "--system Hello",
                "--instruction Sort.",
                "--prefix Answer:",
                "--answer-tokens 9",
                "--calibrate cc",
                "--choices a,b",
                "--regex [ab]",
                // a default that is written out is as idle
                "--shots 0")) all.add(new Ignored(rows(), words(option), "eval.task", "name a task with --task"));
        for (String option : List.of(
                "--data rows.csv",
                "--text 1",
                "--label 2",
                "--no-header",
                "--encoding UTF-8",
                "--kind chat",
                "--map prompt=q",
                "--allow-extra",
                "--raw",
                "--learn all",
                "--generate 9",
                "--items items.jsonl",
                "--max-tokens 9")) all.add(new Ignored(task(), words(option), "eval.task", "leave --task away"));
        for (String option : List.of(
                "--demos bm25",
                "--demo-order random",
                "--demo-filter correct",
                "--demo-layout block",
                "--demo-tokens 100",
                "--demo-pool 10",
                "--demo-seed 3")) all.add(new Ignored(task(), words(option), "eval.shots", "add --shots 4"));
        all.add(new Ignored(task("--demos", "none"), words("--shots 4"), "eval.shots", "--demos bm25"));
        for (String option : List.of(
                "--judge-model m", "--judge-key KEY", "--judge-draws 5", "--criterion short", "--human people.csv"))
            all.add(new Ignored(task("--against", "base"), words(option), "eval.judge", "with --judge"));
        all.add(new Ignored(task(), words("--tolerance 2"), "eval.against", "with --against"));
        all.add(new Ignored(rows(), words("--tolerance 2"), "eval.against", "with --against"));
        for (String option : List.of("--max-tokens 9", "--raw", "--learn all"))
            all.add(new Ignored(rows(), words(option), "eval.labelled", "--kind"));
        return all.stream();
    }

    private static List<String> rows() {
        return List.of("--data", "rows.csv", "--text", "a", "--label", "b");
    }

    private static List<String> task(String... more) {
        List<String> task = new ArrayList<>(List.of("--task", "snips"));
        task.addAll(List.of(more));
        return task;
    }

    private static List<String> words(String option) {
        return List.of(option.split(" "));
    }

    private String refusal(List<String> beside, List<String> option) {
        List<String> arguments = new ArrayList<>(List.of("eval", "--json"));
        arguments.addAll(beside);
        arguments.addAll(option);
        Command refused = Command.run(home, arguments.toArray(String[]::new));
        assertThat(refused.code()).isNotEqualTo(ExitCode.OK);
        return refused.err();
    }

    @ParameterizedTest
    @MethodSource("ignored")
    void anOptionWithoutEffectIsRefusedWithWhatItNeeds(Ignored ignored) {
        assertThat(refusal(ignored.beside, ignored.option))
                .contains(ignored.code, ignored.option.getFirst(), ignored.needs);
    }

    @Test
    void examplesThatNeedNoNumberAndPromptsForAllAreTaken() {
        // what is wrong with these is the task's name alone
        for (String option : List.of("--demos none", "--over-length cut", "--answer-tokens 9", "--tolerance 2"))
            assertThat(refusal(List.of("--task", "snipz", "--against", "base"), words(option)))
                    .contains("task.unknown");
    }
}
