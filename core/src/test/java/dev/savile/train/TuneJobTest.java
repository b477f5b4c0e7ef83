package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.testing.Golden;
import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.EncodedRow;
import dev.savile.text.MaskedRow;
import dev.savile.text.TrainingRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a checkpoint is tied to, and what a training is planned with.
class TuneJobTest {
    private static final TrainingOptions OPTIONS = TrainingOptions.of(1e-3);
    private static final Technique LORA = new Technique.Lora(LoraSpec.of(4, 8));
    private static final List<TrainingRow> ROWS =
            List.of(new EncodedRow(new int[] {1, 2, 3}, new int[] {4}), new EncodedRow(new int[] {5}, new int[] {6}));

    @TempDir
    Path home;

    private BaseModel base;

    @BeforeEach
    void load() {
        base = EngineThread.call(() -> Golden.tinyChat(home));
    }

    @AfterEach
    void unload() {
        EngineThread.run(base::close);
    }

    private static Map<String, String> identity(
            BaseModel base, Technique technique, TrainingOptions options, List<TrainingRow> rows) {
        return EngineThread.call(
                () -> new TuneJob(base, technique, options, PromptBundle.plain()).identity(rows, List.of()));
    }

    private List<String> changed(Map<String, String> other) {
        Map<String, String> usual = identity(base, LORA, OPTIONS, ROWS);
        assertThat(other.keySet()).isEqualTo(usual.keySet());
        List<String> changed = new ArrayList<>();
        usual.forEach((name, digest) -> {
            if (!digest.equals(other.get(name))) changed.add(name);
        });
        return changed;
    }

    @Test
    void whatDecidesWhatIsLearnedIsPartOfTheIdentityUnderItsName() {
        var template = ChatTemplate.plain(base.encoder().template().tokens());
        var encoder = new ChatEncoder(base.encoder().tokenizer(), template);
        var other = new BaseModel(base.name(), base.files(), base.digest(), base.model(), encoder, base.endIds());
        assertThat(changed(identity(other, LORA, OPTIONS, ROWS))).containsExactly("the tokenizer or chat template");

        List<TrainingRow> rows = List.of(ROWS.getFirst(), new EncodedRow(new int[] {5}, new int[] {7}));
        assertThat(changed(identity(base, LORA, OPTIONS, rows))).containsExactly("the rows");
        List<TrainingRow> all = List.of(MaskedRow.whole(1, 2, 3, 4), ROWS.get(1)); // the same ids, learned otherwise
        assertThat(changed(identity(base, LORA, OPTIONS, all))).containsExactly("the rows");

        var wider = new Technique.Lora(LoraSpec.of(8, 8));
        assertThat(changed(identity(base, wider, OPTIONS, ROWS))).containsExactly("the technique's settings");
        assertThat(changed(identity(base, LORA, OPTIONS.withEpochs(7), ROWS)))
                .containsExactly("the training's settings");
        assertThat(changed(identity(base, LORA, OPTIONS.withSeed(7), ROWS))).containsExactly("the training's settings");
        assertThat(changed(identity(base, LORA, OPTIONS.withLearningRate(7), ROWS)))
                .containsExactly(CheckpointFolder.RATE);
        assertThat(changed(EngineThread.call(
                        () -> new TuneJob(base, LORA, OPTIONS, PromptBundle.trainedClassification(List.of("a", "b")))
                                .identity(ROWS, List.of()))))
                .containsExactly("the prompt");
    }

    /// They decide which values are kept as the best.
    @Test
    void theRowsToValidateOnArePartOfTheIdentity() {
        Map<String, String> validated =
                EngineThread.call(() -> new TuneJob(base, LORA, OPTIONS, PromptBundle.plain()).identity(ROWS, ROWS));
        assertThat(changed(validated)).containsExactly("the rows to validate on");
    }

    @Test
    void whenARunEndsAndHowOftenItsStateIsKeptMayChange() {
        assertThat(changed(identity(base, LORA, OPTIONS.withEnd(60, 2, 5).withCheckpointSeconds(1), ROWS)))
                .isEmpty();
    }

    /// Norms are a small part of the weights: what is planned for them is what they are.
    @Test
    void onlyTheChosenParametersArePlannedFor() {
        EngineThread.run(() -> {
            var norms = new Technique.Full(new FullSpec(List.of(".*norm.*")));
            long values = base.model().namedParameters().entrySet().stream()
                    .filter(parameter -> parameter.getKey().contains("norm"))
                    .mapToLong(parameter -> parameter.getValue().count())
                    .sum();
            assertThat(values).isPositive();
            MemoryPlan some = new TuneJob(base, norms, OPTIONS, PromptBundle.plain()).memory();
            assertThat(some.values()).isEqualTo(4 * values);
            MemoryPlan all =
                    new TuneJob(base, new Technique.Full(FullSpec.all()), OPTIONS, PromptBundle.plain()).memory();
            assertThat(all.values()).isEqualTo(4 * base.model().parameters());
        });
    }

    /// A head with an update is there in fp32 and as it is used, beside its gradient.
    @Test
    void aHeadThatIsMadeOfOthersIsPlannedFor() {
        EngineThread.run(() -> {
            var job = new TuneJob(base, LORA, OPTIONS, PromptBundle.plain());
            CausalLm model = base.model();
            long embedding = (long) model.spec().vocabulary() * model.spec().hidden();
            Map<String, Integer> times = Map.of("lora", 0, "lora-head", 3, "ia3-head", 3, "combination", 0);
            times.forEach((name, copies) -> {
                try (TrainedTuning tuning = AllTechniques.start(name, model)) {
                    long more = job.memory(tuning, false).head()
                            - job.memory(tuning.trainedValues(), false, false).head();
                    assertThat(more).as(name).isEqualTo(4 * copies * embedding);
                }
            });
        });
    }

    /// More than there can be is refused with the numbers, and nothing is advised that would not fit either.
    @Test
    void whatDoesNotFitIntoMemoryIsRefused() {
        EngineThread.run(() -> {
            var job = new TuneJob(base, LORA, OPTIONS, PromptBundle.plain());
            MemoryPlan plan = job.memory(10_000_000_000_000L, false, false);
            assertThatThrownBy(() -> job.requireMemory(plan, 0)).isInstanceOfSatisfying(UserError.class, e -> {
                assertThat(e.code()).isEqualTo("memory.short");
                assertThat(e.what()).contains("training needs about", "are free");
                assertThat(e.fix()).isEqualTo("use a smaller model");
            });
            job.requireMemory(job.memory(10, false, false), 0);
        });
    }

    /// What is advised would fit.
    @Test
    void theFirstSavingThatFitsIsNamed() {
        EngineThread.run(() -> {
            var job = new TuneJob(base, LORA, OPTIONS, PromptBundle.plain());
            MemoryPlan plan = job.memory(1000, false, false);
            MemorySaving recompute = new MemorySaving(true, false, false);
            long less = new TuneJob(base, LORA, OPTIONS.withSaving(recompute), PromptBundle.plain())
                    .memory(1000, false, false)
                    .free();
            assertThat(less).isLessThan(plan.free());
            assertThat(job.advice(plan, less)).startsWith("use --set recompute=true");
            assertThat(job.advice(plan, plan.free() - 1)).contains("recompute=true", "forest-tokens", "--quantize nf4");
            assertThat(job.advice(plan, 0)).isEqualTo("use a smaller model");

            MemoryPlan validated = job.memory(1000, false, true);
            assertThat(validated.free() - plan.free()).isEqualTo(4 * 1000);
            assertThat(validated.sentence()).contains("best values");
        });
    }

    /// A LoRA of high rank can have more values than the embedding; the base is read all the same.
    @Test
    void manyValuesBesideTheBaseAreNotTakenForItsWeights() {
        EngineThread.run(() -> {
            long many = base.model().parameters() - 1;
            MemoryPlan lora = new TuneJob(base, LORA, OPTIONS, PromptBundle.plain()).memory(many, false, false);
            MemoryPlan full = new TuneJob(base, new Technique.Full(FullSpec.all()), OPTIONS, PromptBundle.plain())
                    .memory(many, false, false);
            assertThat(lora.values()).isEqualTo(full.values());
            assertThat(lora.base()).isEqualTo(base.model().weightBytes());
            long embedding = (long) base.model().spec().vocabulary()
                    * base.model().spec().hidden();
            assertThat(full.head() - lora.head()).isEqualTo(4 * embedding);
        });
    }
}
