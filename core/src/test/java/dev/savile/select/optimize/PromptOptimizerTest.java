package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.select.Budget;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.testing.TinyChat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class PromptOptimizerTest {
    @RegisterExtension
    static final TinyChat CHAT = new TinyChat();

    @TempDir
    Path folder;

    private TaskData data(int rows) throws IOException {
        var csv = new StringBuilder("text,label\n");
        for (int i = 0; i < rows; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ")
                    .append(Integer.toString(i * 7919 + 50_003, 36))
                    .append(i % 2 == 0 ? ",pay\n" : ",post\n");
        Files.writeString(folder.resolve("rows.csv"), csv);
        Path yaml = folder.resolve("rows.yaml");
        Files.writeString(yaml, "data: rows.csv\ninstruction: Sort.\n");
        return TaskData.read(TaskSpec.read(yaml), folder, 1);
    }

    private static PromptOptimizer optimizer(TaskData data, Budget budget) {
        return optimizer(data, budget, Progress.none());
    }

    private static PromptOptimizer optimizer(TaskData data, Budget budget, Progress progress) {
        BaseModel base = CHAT.base();
        var system = new TaskSystem(
                "prompt", base, Tuning.NONE, TaskPrompt.zeroShot().of(data), PromptRenderer.OverLength.REFUSE);
        return new PromptOptimizer(data, system, AnswerCache.none(), 0.01, budget, 3, progress, new StopSignal());
    }

    @Test
    void noPromptIsJudgedOnItsOwnExamplesNorOnRowsThatAreScoredLater() throws IOException {
        TaskData data = data(240);
        var optimizer = optimizer(data, new Budget(600, System::nanoTime));
        OptimizedPrompt found = EngineThread.call(() -> optimizer.run(List.of("Say which team.")));
        Set<String> dev = new LinkedHashSet<>();
        for (TaskItem item : optimizer.dev()) dev.add(item.input());
        Set<String> test = new LinkedHashSet<>();
        for (TaskItem item : data.test()) test.add(item.input());
        assertThat(dev).isNotEmpty().doesNotContainAnyElementsOf(test);
        for (Demo demo : found.bundle().demos().pool())
            assertThat(demo.fields().get("text")).isNotIn(dev).isNotIn(test);
        assertThat(optimizer.pool()).extracting(TaskItem::input).doesNotContainAnyElementsOf(dev);
        assertThat(found.steps()).extracting(PromptStep::what).contains("instruction", "examples", "calibration");
        for (PromptStep step : found.steps())
            if (step.accepted()) {
                assertThat(step.after()).isGreaterThan(step.before());
                assertThat(step.p()).isLessThan(0.05);
                assertThat(step.accuracyBefore().orElseThrow()
                                - step.accuracyAfter().orElseThrow())
                        .isLessThanOrEqualTo(0.01);
            }
    }

    @Test
    void withoutTimeThePromptStaysAsItWas() throws IOException {
        TaskData data = data(240);
        var clock = new AtomicLong();
        OptimizedPrompt found = EngineThread.call(
                () -> optimizer(data, new Budget(0, clock::get)).run(List.of()));
        assertThat(found.stopped()).isTrue();
        assertThat(found.helped()).isFalse();
        assertThat(found.bundle()).isEqualTo(TaskPrompt.zeroShot().of(data));
    }

    /// A clock that moves at every look stands for slow scoring.
    @Test
    void whatTimeDoesNotSufficeForIsLeftOutAndSaid() throws IOException {
        TaskData data = data(240);
        var clock = new AtomicLong();
        OptimizedPrompt found =
                EngineThread.call(() -> optimizer(data, new Budget(60, () -> clock.addAndGet(1_000_000_000L)))
                        .run(List.of()));
        assertThat(found.stopped()).isTrue();
        assertThat(found.steps()).isNotEmpty();
        assertThat(found.steps().getFirst().what()).isEqualTo("examples");
        assertThat(found.steps().getFirst().tried()).isBetween(1, 19);
    }

    /// Keep the warnings.
    private record Warnings(List<String> lines) implements Progress {
        @Override
        public Progress.Task start(String name, long total, String unit) {
            return Progress.none().start(name, total, unit);
        }

        @Override
        public void say(String line) {}

        @Override
        public void warn(String line) {
            lines.add(line);
        }
    }

    @Test
    void writtenAnswersAreReadOnlyBeforeAChangeIsTaken() throws IOException {
        var csv = new StringBuilder("q,a\n");
        for (int i = 0; i < 240; i++)
            csv.append(Integer.toString(i * 7919 + 50_003, 36))
                    .append(' ')
                    .append(Integer.toString(i * 104_729 + 1_000_003, 36))
                    .append(",box ")
                    .append(i)
                    .append('\n');
        Files.writeString(folder.resolve("texts.csv"), csv);
        Path yaml = folder.resolve("texts.yaml");
        Files.writeString(yaml, "kind: text\ndata: texts.csv\ninput: '{q}'\ntarget: '{a}'\nmax-tokens: 8\n");
        TaskData data = TaskData.read(TaskSpec.read(yaml), folder, 1);
        var clock = new AtomicLong();
        List<String> warnings = new ArrayList<>();
        OptimizedPrompt found = EngineThread.call(
                () -> optimizer(data, new Budget(60, () -> clock.addAndGet(1_000_000_000L)), new Warnings(warnings))
                        .run(List.of()));
        assertThat(found.steps()).isNotEmpty().allSatisfy(step -> {
            boolean beyondChance = step.p() < 0.05 && step.after() > step.before();
            assertThat(step.accuracyBefore().isPresent()).isEqualTo(beyondChance);
            assertThat(step.accuracyAfter().isPresent()).isEqualTo(beyondChance);
            assertThat(Json.line(step).contains("accuracy")).isEqualTo(beyondChance);
            assertThat(step.rows()).isPositive();
        });
        assertThat(warnings).anyMatch(line -> line.contains("rows are few"));
    }

    @Test
    void tooFewRowsAreRefused() throws IOException {
        TaskData data = data(60);
        var error = catchThrowableOfType(UserError.class, () -> optimizer(data, new Budget(1, System::nanoTime)));
        assertThat(error.code()).isEqualTo("prompt.few");
    }
}
