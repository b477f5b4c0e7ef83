package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.generate.BatchGenerator;
import dev.savile.generate.EndTokens;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Generator;
import dev.savile.generate.TokenListener;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters as PEFT saved them: they load, give PEFT's logits, and are written back with the same names, shapes
/// and bytes.
class PeftGoldenTest {
    private static final List<String> CASES = List.of(
            "dora",
            "ia3",
            "ia3-gpt2",
            "lora-all-linear",
            "lora-bias-all",
            "lora-embedding",
            "lora-gpt2",
            "lora-layers",
            "lora-modules-to-save",
            "lora-patterns",
            "lora-regex",
            "lora-rslora",
            "p-tuning-lstm",
            "p-tuning-mlp",
            "prefix-tuning",
            "prefix-tuning-projection",
            "prompt-tuning",
            "prompt-tuning-gpt2");

    @TempDir
    Path temp;

    static List<String> all() {
        return CASES;
    }

    static List<String> written() {
        return CASES.stream().filter(name -> !name.equals("lora-layers")).toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void logitsEqualPeft(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var lora = PeftFolder.read(folder, model);
                    var golden = Golden.open(folder.resolve("golden.safetensors"));
                    var scope = Scope.open();
                    var off = Grad.off()) {
                for (String padding : List.of("full", "right")) check(model, lora, golden, padding);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("written")
    void whatIsWrittenHasTheSameTensors(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var lora = PeftFolder.read(folder, model)) {
                PeftFolder.write(temp, lora, model, "base");
            }
            try {
                assertThat(temp.resolve("adapter_model.safetensors"))
                        .hasSameBinaryContentAs(folder.resolve("adapter_model.safetensors"));
                try (var model = base(folder);
                        var again = PeftFolder.read(temp, model)) {
                    PeftFolder.write(temp.resolve("again"), again, model, "base");
                }
                assertThat(Files.readString(temp.resolve("again/adapter_config.json")))
                        .isEqualTo(Files.readString(temp.resolve("adapter_config.json")));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private static CausalLm base(Path folder) {
        String base = Json.tree(folder.resolve("adapter_config.json"))
                .get("base_model_name_or_path")
                .stringValue();
        return Golden.model(base.substring("models/".length()), Precision.FP32);
    }

    /// Training goes on from the encoder that made the values, not from the values.
    @ParameterizedTest
    @ValueSource(strings = {"p-tuning-lstm", "p-tuning-mlp", "prefix-tuning-projection"})
    void anEncoderGivesTheLogitsOfItsAdapter(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var tuning = PeftFolder.readToTrain(folder, folder.resolve("encoder.safetensors"), model);
                    var golden = Golden.open(folder.resolve("golden.safetensors"));
                    var scope = Scope.open();
                    var off = Grad.off()) {
                check(model, tuning, golden, "full");
            }
        });
    }

    /// Keys, values and virtual tokens that stand before a row are there at every step of generation.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "dora",
                "ia3",
                "ia3-gpt2",
                "lora-all-linear",
                "p-tuning-mlp",
                "prefix-tuning",
                "prompt-tuning",
                "prompt-tuning-gpt2"
            })
    void greedyTokensEqualPeft(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var tuning = PeftFolder.read(folder, model);
                    var golden = Golden.open(folder.resolve("golden.safetensors"))) {
                int[] prompt = Arrays.stream(golden.longs("greedy.prompt"))
                        .mapToInt(Math::toIntExact)
                        .toArray();
                int[] expected = Arrays.stream(golden.longs("greedy.tokens"))
                        .mapToInt(Math::toIntExact)
                        .toArray();
                var options = GenerationOptions.greedy(expected.length).ignoringEnd();
                var request = GenerationRequest.of(prompt, options, EndTokens.NONE);
                assertThat(new Generator(model, tuning)
                                .generate(request, TokenListener.NONE)
                                .ids())
                        .isEqualTo(expected);
                var works = List.of(new BatchGenerator.Work(request), new BatchGenerator.Work(request));
                for (var answer : new BatchGenerator(model, tuning, 2)
                        .generate(works, Progress.none().start("", 2, ""), new StopSignal()))
                    assertThat(answer.ids()).isEqualTo(expected);
            }
        });
    }

    private static void check(CausalLm model, Tuning tuning, Golden golden, String padding) {
        long[] ids = golden.longs(padding + ".input_ids");
        long[] mask = golden.longs(padding + ".attention_mask");
        int[] shape = golden.shape(padding + ".logits");
        float[] expected = golden.floats(padding + ".logits");
        var builder = TokenForest.builder();
        List<Integer> segments = new ArrayList<>();
        for (int row = 0; row < shape[0]; row++) {
            int from = row * shape[1];
            int length = (int) Arrays.stream(mask, from, from + shape[1]).sum();
            int[] own = Arrays.stream(ids, from, from + length)
                    .mapToInt(Math::toIntExact)
                    .toArray();
            segments.add(builder.ids(tuning.lead().plant(builder), own));
        }
        TokenForest forest = builder.build();
        Tensor logits = model.logits(model.forward(forest, tuning), tuning);
        float[] actual = logits.toFloats();
        for (int row = 0; row < shape[0]; row++)
            for (int t = 0; t < forest.segments().get(segments.get(row)).length(); t++)
                for (int v = 0; v < shape[2]; v++)
                    assertThat((double) actual[(forest.start(segments.get(row)) + t) * shape[2] + v])
                            .as("%s row %d position %d", padding, row, t)
                            .isCloseTo(expected[(row * shape[1] + t) * shape[2] + v], within(1e-4));
    }
}
