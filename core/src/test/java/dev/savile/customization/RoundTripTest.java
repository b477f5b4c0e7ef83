package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.MappedWeights;
import dev.savile.model.ModelSpec;
import dev.savile.model.Tuning;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.Combination;
import dev.savile.technique.Merge;
import dev.savile.technique.Targets;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// What is written, read and written again is the same to the byte and gives the same logits, for every technique
/// with an adapter's layout over every family.
class RoundTripTest {
    /// Those whose layout is not that of one adapter, and those that are saved as something else, a plain LoRA.
    private static final List<String> OTHERS = List.of(
            "full",
            "full-norms",
            "combination",
            "lora-and-ia3",
            "prompt-table",
            "prompt-table-together",
            "pissa",
            "olora");

    @TempDir
    Path temp;

    static Stream<String> techniques() {
        return AllTechniques.all().keySet().stream().filter(name -> !OTHERS.contains(name));
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void writingWhatWasReadGivesTheSameFilesAndLogits(String name) {
        EngineThread.run(() -> {
            for (ModelSpec spec : TinyModels.families())
                try (CausalLm model = TinyModels.of(spec);
                        TrainedTuning tuning = Objects.requireNonNull(
                                        AllTechniques.all().get(name))
                                .over(model, 1)) {
                    AllTechniques.disturb(tuning, 0.1, 1);
                    Path one = temp.resolve(spec.family() + spec.windows().getLast() + "-1");
                    Path two = temp.resolve(spec.family() + spec.windows().getLast() + "-2");
                    write(one, tuning, model);
                    try (TrainedTuning read = read(one, model);
                            var scope = Scope.open();
                            var off = Grad.off()) {
                        assertThat(logits(model, read)).isEqualTo(logits(model, tuning));
                        write(two, read, model);
                    }
                    same(one, two);
                }
        });
    }

    /// A folder of all weights is a customization over the base it came from, and a base itself.
    @ParameterizedTest
    @ValueSource(strings = {"full", "full-norms", "lora", "lora-biases", "dora", "ia3", "lora-and-ia3", "pissa"})
    void aFolderOfAllWeightsIsTheTunedModel(String name) {
        EngineThread.run(() -> {
            for (ModelSpec spec : TinyModels.families())
                try (CausalLm model = TinyModels.of(spec);
                        TrainedTuning tuning = AllTechniques.start(name, model);
                        var scope = Scope.open();
                        var off = Grad.off()) {
                    AllTechniques.disturb(tuning, 0.1, 1);
                    double[] expected = logits(model, tuning);
                    Path folder = temp.resolve(spec.family() + spec.windows().getLast());
                    FullWeights.write(folder, Merge.parameters(model, tuning), model, temp.resolve("base"), DType.F32);
                    double[] over;
                    try (FullWeights read = FullWeights.read(folder, model)) {
                        over = logits(model, read);
                    }
                    assertThat(apart(over, expected)).as(spec.family()).isLessThan(5e-5);
                    var files = List.of(Safetensors.open(folder.resolve("model.safetensors")));
                    var weights = MappedWeights.of(files, DType.F32, Device.CPU);
                    try (CausalLm base = CausalLm.of(spec, weights, Precision.FP32, Device.CPU)) {
                        assertThat(apart(logits(base, Tuning.NONE), over))
                                .as(spec.family())
                                .isLessThan(5e-5);
                    }
                }
        });
    }

    /// Factors that were taken from weights are saved with twice their rank, and an embedding's beside them too.
    @Test
    void factorsTakenFromWeightsBesideAnEmbeddingAreReadBack() {
        EngineThread.run(() -> {
            LoraSpec spec = LoraSpec.of(4, 8)
                    .withStart(LoraStart.PISSA)
                    .withTargets(new Targets.Names(List.of("embed_tokens", "q_proj")));
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning tuning = LoraTuning.fresh(spec, model, 1);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                AllTechniques.disturb(tuning, 0.1, 1);
                Path folder = temp.resolve("taken");
                write(folder, tuning, model);
                try (TrainedTuning read = read(folder, model)) {
                    assertThat(apart(logits(model, read), logits(model, tuning)))
                            .isLessThan(5e-5);
                }
            }
        });
    }

    /// PEFT makes two tables of a tied one unless it is told otherwise.
    @Test
    void aTiedTableThatIsTrainedWholeIsSaidToBeOne() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen2());
                    TrainedTuning tuning = AllTechniques.start("lora-saved", model)) {
                Path folder = temp.resolve("tied");
                write(folder, tuning, model);
                Path config = folder.resolve("adapter_config.json");
                assertThat(Json.tree(config).get("ensure_weight_tying").booleanValue())
                        .isTrue();
                read(folder, model).close();
                ObjectNode other = (ObjectNode) Json.tree(config);
                other.remove("ensure_weight_tying");
                DurableFiles.write(config, other.toString());
                assertThatThrownBy(() -> read(folder, model))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("adapter.option"));
            }
        });
    }

    private static double apart(double[] one, double[] two) {
        return IntStream.range(0, two.length)
                .mapToDouble(i -> Math.abs(one[i] - two[i]))
                .max()
                .orElseThrow();
    }

    private static void same(Path one, Path two) {
        try (Stream<Path> files = Files.list(one)) {
            for (Path file : files.filter(Files::isRegularFile).toList())
                assertThat(two.resolve(file.getFileName())).hasSameBinaryContentAs(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path folder, TrainedTuning tuning, CausalLm model) {
        assertThat(tuning).isNotInstanceOfAny(FullTuning.class, Combination.class);
        if (tuning instanceof BottleneckTuning networks) AdapterHubFolder.write(folder, networks, model, "base");
        else PeftFolder.write(folder, tuning, model, "base");
    }

    private static TrainedTuning read(Path folder, CausalLm model) {
        return AdapterHubFolder.isIn(folder) ? AdapterHubFolder.read(folder, model) : PeftFolder.read(folder, model);
    }

    private static double[] logits(CausalLm model, Tuning tuning) {
        var builder = TokenForest.builder();
        builder.ids(tuning.lead().plant(builder), 3, 1, 4, 1, 5, 9, 2, 6);
        Tensor hidden = model.forward(builder.build(), tuning);
        return model.logits(hidden, tuning).toDoubles();
    }

    /// The names that AdapterHub's library gives a Llama's tensors.
    @Test
    void bottlenecksAreNamedAsTheLibraryNamesThem() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    var tuning = BottleneckTuning.fresh(BottleneckSpec.of(BottleneckSpec.Wiring.HOULSBY), model, 1)) {
                AdapterHubFolder.write(temp.resolve("hub"), tuning, model, "base");
            }
        });
        try (var file = Safetensors.open(temp.resolve("hub/adapter.safetensors"))) {
            assertThat(file.names())
                    .contains(
                            "model.layers.0.attention_adapters.adapters.savile.adapter_down.0.weight",
                            "model.layers.0.attention_adapters.adapters.savile.adapter_up.bias",
                            "model.layers.2.output_adapters.adapters.savile.adapter_up.weight")
                    .hasSize(3 * 2 * 4);
        }
        var config = Json.tree(temp.resolve("hub/adapter_config.json"));
        assertThat(config.at("/config/mh_adapter").booleanValue()).isTrue();
        assertThat(config.at("/config/reduction_factor").intValue()).isEqualTo(16);
        assertThat(config.get("model_class").asString()).isEqualTo("LlamaForCausalLM");
    }

    @Test
    void anAdapterOfAnotherBaseIsRefused() {
        EngineThread.run(() -> {
            for (String name : List.of("lora", "ia3", "prompt-tuning", "prefix", "bottleneck-HOULSBY"))
                try (CausalLm llama = TinyModels.of(TinyModels.llama());
                        CausalLm qwen = TinyModels.of(TinyModels.qwen3());
                        TrainedTuning tuning = Objects.requireNonNull(
                                        AllTechniques.all().get(name))
                                .over(llama, 1)) {
                    Path folder = temp.resolve(name);
                    write(folder, tuning, llama);
                    assertThatThrownBy(() -> read(folder, qwen))
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.code()).isEqualTo("adapter.shape"));
                }
        });
    }

    @Test
    void tensorsThatAreMissingOrLeftOverAreNamed() {
        EngineThread.run(() -> {
            try (CausalLm llama = TinyModels.of(TinyModels.llama());
                    TrainedTuning lora = Objects.requireNonNull(
                                    AllTechniques.all().get("lora"))
                            .over(llama, 1);
                    TrainedTuning dora = Objects.requireNonNull(
                                    AllTechniques.all().get("dora"))
                            .over(llama, 1)) {
                Path folder = temp.resolve("mixed");
                write(folder, lora, llama);
                write(temp.resolve("dora"), dora, llama);
                try {
                    Files.copy(
                            temp.resolve("dora/adapter_config.json"),
                            folder.resolve("adapter_config.json"),
                            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                assertThatThrownBy(() -> read(folder, llama)).isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("adapter.tensors");
                    assertThat(e.what()).contains("lora_magnitude_vector");
                });
            }
        });
    }
}
