package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.EntropyProbe;
import dev.savile.technique.prompt.EntropyProbe.Criterion;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which examples are left, and in which order they stand, is what asking the model says.
class MeasuredDemosTest {
    @TempDir
    Path folder;

    private TaskData data(int train) throws IOException {
        write("train.csv", 0, train);
        write("test.csv", 100, 6);
        Path yaml = folder.resolve("rows.yaml");
        Files.writeString(yaml, "train: train.csv\ntest: test.csv\ninstruction: Sort.\n");
        return TaskData.read(TaskSpec.read(yaml), folder, 1);
    }

    private void write(String file, int from, int rows) throws IOException {
        var csv = new StringBuilder("text,label\n");
        for (int i = from; i < from + rows; i++) csv.append("row ").append(i).append(i % 3 == 0 ? ",pay\n" : ",post\n");
        Files.writeString(folder.resolve(file), csv);
    }

    private static TaskSystem system(BaseModel base, PromptBundle bundle) {
        return new TaskSystem("prompt", base, Tuning.NONE, bundle, PromptRenderer.OverLength.REFUSE);
    }

    private static TaskRun run(TaskData data, TaskSystem system) {
        return new TaskRun(data, system, AnswerCache.none(), 3, Progress.none(), new StopSignal());
    }

    private static SolvedDemos solved(TaskData data, TaskSystem system) {
        return SolvedDemos.of(data, system, AnswerCache.none(), 3, Progress.none(), new StopSignal())
                .orElseThrow();
    }

    private static ProbedOrder probed(TaskData data, TaskSystem system, Criterion criterion) {
        return ProbedOrder.of(data, system, AnswerCache.none(), criterion, 3, Progress.none(), new StopSignal())
                .orElseThrow();
    }

    /// Four rows are parted into four folds: each is asked with the three others.
    @Test
    void examplesThatAreLeftAreThoseTheModelSolvesWithTheOthers() throws IOException {
        TaskData few = data(4);
        EngineThread.run(() -> {
            try (BaseModel base = Golden.tinyChat(folder.resolve("home"))) {
                PromptBundle bundle =
                        TaskPrompt.fewShot(DemoStrategy.RANDOM, 2, 5).of(few);
                List<Demo> pool = bundle.demos().pool();
                List<Demo> expected = new ArrayList<>();
                for (TaskItem item : few.train()) {
                    List<Demo> others = pool.stream()
                            .filter(demo -> !demo.equals(item.demo()))
                            .toList();
                    var asked =
                            bundle.change().demos(bundle.demos().from(others)).done();
                    var answer = run(few, system(base, asked)).run(List.of(item), "train");
                    if (answer.orElseThrow().items().getFirst().right()) expected.add(item.demo());
                }
                assertThat(expected).isNotEmpty().hasSizeLessThan(pool.size());
                SolvedDemos found = solved(few, system(base, bundle));
                assertThat(found.system().bundle().demos().pool()).isEqualTo(expected);
                assertThat(found.asked()).isEqualTo(4);
                assertThat(found.solved()).isEqualTo(expected.size());
                assertThat(found.system().bundle().demos().count()).isEqualTo(2);
            }
        });
    }

    @Test
    void theOrderThatIsLeftSpreadsAnswersMostEvenly() throws IOException {
        TaskData data = data(20);
        EngineThread.run(() -> {
            try (BaseModel base = Golden.tinyChat(folder.resolve("home"))) {
                PromptBundle bundle =
                        TaskPrompt.fewShot(DemoStrategy.RANDOM, 3, 5).of(data);
                for (Criterion criterion : Criterion.values()) {
                    ProbedOrder found = probed(data, system(base, bundle), criterion);
                    PromptBundle.Demos own = found.system().bundle().demos();
                    assertThat(own.strategy()).isEqualTo(DemoStrategy.FIXED.id());
                    assertThat(own.order()).isEqualTo(DemoOrder.AS_SELECTED);
                    assertThat(own.pool())
                            .containsExactlyInAnyOrderElementsOf(bundle.demos().pool());
                    Set<Demo> shown = new HashSet<>(own.pool().subList(0, 3));
                    List<TaskItem> messages = data.train().stream()
                            .filter(item -> !shown.contains(item.demo()))
                            .toList();
                    double best = entropy(data, system(base, found.system().bundle()), messages, criterion);
                    List<Demo> three = own.pool().subList(0, 3);
                    for (int[] order : new int[][] {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
                        List<Demo> other = new ArrayList<>();
                        for (int place : order) other.add(three.get(place));
                        other.addAll(own.pool().subList(3, own.pool().size()));
                        PromptBundle asked = found.system()
                                .bundle()
                                .change()
                                .demos(own.from(other))
                                .done();
                        assertThat(entropy(data, system(base, asked), messages, criterion))
                                .isLessThanOrEqualTo(best);
                    }
                }
            }
        });
    }

    private static double entropy(TaskData data, TaskSystem system, List<TaskItem> messages, Criterion criterion) {
        return EntropyProbe.entropy(
                criterion, run(data, system).labelShares(messages).orElseThrow());
    }

    @Test
    void whatCannotBeMeasuredIsRefused() throws IOException {
        TaskData data = data(20);
        EngineThread.run(() -> {
            try (BaseModel base = Golden.tinyChat(folder.resolve("home"))) {
                PromptBundle nearest =
                        TaskPrompt.fewShot(DemoStrategy.BM25, 2, 5).of(data);
                assertThatThrownBy(() -> probed(data, system(base, nearest), Criterion.GLOBAL))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("prompt.probe"));
                PromptBundle foreign = nearest.change()
                        .demos(nearest.demos().from(List.of(new Demo("a", "pay"), new Demo("b", "post"))))
                        .done();
                assertThatThrownBy(() -> solved(data, system(base, foreign)))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("prompt.filter"));
            }
        });
    }
}
