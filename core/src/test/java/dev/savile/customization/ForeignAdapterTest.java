package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.files.hub.ModelFiles;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.testing.Golden;
import dev.savile.testing.TinyModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Adapters that others made know their base by what their own files say of it.
class ForeignAdapterTest {
    @TempDir
    Path temp;

    private Path saved(String technique, ModelSpec spec) {
        return EngineThread.call(() -> {
            try (CausalLm model = TinyModels.of(spec);
                    TrainedTuning tuning = AllTechniques.start(technique, model)) {
                if (tuning instanceof BottleneckTuning networks)
                    AdapterHubFolder.write(temp, networks, model, "org/base");
                else PeftFolder.write(temp, tuning, model, "org/base");
                return temp;
            }
        });
    }

    /// Change what the adapter's configuration says.
    private void edit(Consumer<ObjectNode> change) {
        Path file = temp.resolve("adapter_config.json");
        try {
            var config = (ObjectNode) Json.tree(file);
            change.accept(config);
            Files.writeString(file, Json.prettySorted(config));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void refused(String code, String what, Path folder, ModelSpec spec) {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(spec)) {
                assertThatThrownBy(() -> {
                            if (AdapterHubFolder.isIn(folder)) AdapterHubFolder.read(folder, model);
                            else PeftFolder.read(folder, model);
                        })
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.code()).isEqualTo(code);
                            assertThat(e.what()).contains(what);
                        });
            }
        });
    }

    private static void read(Path folder, ModelSpec spec) {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(spec)) {
                if (AdapterHubFolder.isIn(folder))
                    AdapterHubFolder.read(folder, model).close();
                else PeftFolder.read(folder, model).close();
            }
        });
    }

    /// The shapes are those of the model: only the name of the family tells.
    @Test
    void aBottleneckForAnotherFamilyIsRefused() {
        Path folder = saved("bottleneck-HOULSBY", TinyModels.llama());
        edit(config -> config.put("model_type", "qwen2"));
        refused("adapter.base", "the family qwen2, org/base", folder, TinyModels.llama());
        edit(config -> config.put("model_type", "mistral")); // which GGUF files call llama
        read(folder, TinyModels.llama());
    }

    @Test
    void aLoraForAnotherClassIsRefused() {
        Path folder = saved("lora", TinyModels.llama());
        edit(config -> config.putObject("auto_mapping").put("base_model_class", "Qwen2ForCausalLM"));
        refused("adapter.base", "the family qwen2", folder, TinyModels.llama());
        edit(config -> config.putObject("auto_mapping").put("base_model_class", "LlamaForCausalLM"));
        read(folder, TinyModels.llama());
    }

    @Test
    void whatIsNotUnderstoodIsRefusedByName() {
        Path folder = saved("lora", TinyModels.llama());
        edit(config -> config.put("peft_type", "VERA"));
        refused("adapter.type", "'VERA'", folder, TinyModels.llama());
        edit(config -> config.put("peft_type", "LORA").put("bias", "some"));
        refused("adapter.option", "bias", folder, TinyModels.llama());
        edit(config -> config.put("bias", "none").put("init_lora_weights", "loftq"));
        refused("adapter.option", "init_lora_weights", folder, TinyModels.llama());
        edit(config -> config.put("init_lora_weights", true).putNull("target_modules"));
        refused("adapter.targets", "target_modules", folder, TinyModels.llama());
    }

    @Test
    void whatABottleneckAdapterAsksForBeyondTheKnownIsRefused() {
        Path folder = saved("bottleneck-HOULSBY", TinyModels.llama());
        edit(config -> ((ObjectNode) config.get("config")).put("use_gating", true));
        refused("adapter.option", "use_gating", folder, TinyModels.llama());
        edit(config ->
                ((ObjectNode) config.get("config")).put("use_gating", false).put("non_linearity", "mish"));
        refused("adapter.option", "non_linearity", folder, TinyModels.llama());
    }

    @Test
    void withoutItsValuesOrWithAPickleOfThemAnAdapterIsRefused() throws IOException {
        Path folder = saved("lora", TinyModels.llama());
        Path weights = folder.resolve("adapter_model.safetensors");
        Files.move(weights, folder.resolve("adapter_model.bin"));
        refused("adapter.pickle", "pickle", folder, TinyModels.llama());
        Files.delete(folder.resolve("adapter_model.bin"));
        refused("adapter.missing", "adapter_model.safetensors", folder, TinyModels.llama());
    }

    @Test
    void whatIsNoRegularExpressionIsNoInternalError() {
        Path folder = saved("lora", TinyModels.llama());
        edit(config -> config.put("exclude_modules", "*_proj"));
        refused("targets.regex", "*_proj", folder, TinyModels.llama());
        edit(config ->
                config.putNull("exclude_modules").putObject("rank_pattern").put("(q_proj", 2));
        refused("lora.rank-pattern", "(q_proj", folder, TinyModels.llama());
    }

    /// As PEFT writes `lora_bias`, beside what it names the tensors.
    @Test
    void biasesOfUpdatesAreNamedAsPeftNamesThem() {
        Path folder = saved("lora-update-bias", TinyModels.gpt2());
        assertThat(Json.tree(folder.resolve("adapter_config.json"))
                        .get("lora_bias")
                        .booleanValue())
                .isTrue();
        try (var file = dev.savile.files.safetensors.Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            assertThat(file.names()).contains("base_model.model.transformer.h.0.attn.c_attn.lora_B.bias");
            assertThat(file.info("base_model.model.transformer.h.0.attn.c_attn.lora_B.bias")
                            .shape())
                    .containsExactly(96);
        }
    }

    /// Folders, files and the hub name one model differently.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Qwen/Qwen2.5-0.5B-Instruct         | Qwen2.5-0.5B-Instruct        | false",
                "Qwen/Qwen2.5-0.5B-Instruct         | qwen2.5-0.5b-instruct-q4_k_m | false",
                "HuggingFaceTB/SmolLM2-135M         | SmolLM2-135M.Q4_1            | false",
                "unsloth/Llama-3.2-1B-bnb-4bit      | Llama-3.2-1B                 | false",
                "TheBloke/Llama-2-7B-GGUF           | Llama-2-7b-hf                | false",
                "/data/llms/llama-3.2-1b/           | Llama-3.2-1B                 | false",
                "C:\\llms\\Llama-3.2-1B             | Llama-3.2-1B                 | false",
                "/c/hub/models--o--Tiny/snapshots/1 | tiny                         | false",
                "/data/run/checkpoint-500           | Llama-3.2-1B                 | false",
                "''                                 | Llama-3.2-1B                 | false",
                "meta-llama/Llama-3.2-1B-Instruct   | Llama-3.2-1B                 | true",
                "Qwen/Qwen2.5-1.5B                  | Qwen2.5-0.5B                 | true"
            })
    void onlyAnotherModelIsDoubted(String named, String own, boolean doubted) {
        EngineThread.run(() -> {
            BaseModel tiny = Golden.tinyChat(temp.resolve("converted"));
            try (tiny) {
                Path source = temp.resolve("f").resolve(own + ".gguf");
                var base = new BaseModel(
                        own,
                        new ModelFiles(own, source, source),
                        tiny.digest(),
                        tiny.model(),
                        tiny.encoder(),
                        tiny.endIds());
                Optional<String> doubt = new ForeignBase("", named).doubt(temp, base);
                assertThat(doubt.isPresent()).isEqualTo(doubted);
                doubt.ifPresent(words -> assertThat(words).contains(named, own));
            }
        });
    }

    @Test
    void aCustomizationDoubtsTheBaseThatItsFileDoesNotName() throws IOException {
        Path folder = saved("lora", TinyModels.llama());
        Path config = folder.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace("org/base", "org/another-llama"));
        EngineThread.run(() -> {
            try (BaseModel tiny = Golden.tinyChat(temp.resolve("converted"))) {
                assertThat(Customization.open(folder).doubts(tiny))
                        .singleElement()
                        .satisfies(words -> assertThat(words).contains("org/another-llama"));
            }
        });
    }

    /// A newer PEFT may have options that change what is computed; those that are off change nothing.
    @Test
    void optionsThatAreNotKnownAreNamed() throws IOException {
        Path folder = saved("lora", TinyModels.llama());
        Path config = folder.resolve("adapter_config.json");
        String newer =
                "{\"use_zlora\": true, \"zlora_config\": {\"depth\": 2}, \"off\": false, \"none\": null, \"empty\": [],";
        Files.writeString(
                config, Files.readString(config).replace("org/base", "").replaceFirst("\\{", newer));
        EngineThread.run(() -> {
            try (BaseModel tiny = Golden.tinyChat(temp.resolve("converted"))) {
                assertThat(Customization.open(folder).doubts(tiny))
                        .singleElement()
                        .satisfies(words -> assertThat(words)
                                .contains("use_zlora = true", "zlora_config")
                                .doesNotContain("off", "none", "empty"));
            }
        });
    }
}
