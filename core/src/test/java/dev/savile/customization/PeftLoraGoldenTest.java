package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters as PEFT saved them: they load, give PEFT's logits, and are written back with the same names, shapes
/// and bytes.
class PeftLoraGoldenTest {
    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora-all-linear",
                "lora-bias-all",
                "lora-embedding",
                "lora-gpt2",
                "lora-layers",
                "lora-modules-to-save",
                "lora-patterns",
                "lora-regex",
                "lora-rslora"
            })
    void logitsEqualPeft(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var lora = PeftLora.read(folder, model);
                    var golden = Golden.open(folder.resolve("golden.safetensors"));
                    var scope = Scope.open();
                    var off = Grad.off()) {
                for (String padding : List.of("full", "right")) check(model, lora, golden, padding);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora-all-linear",
                "lora-bias-all",
                "lora-embedding",
                "lora-gpt2",
                "lora-modules-to-save",
                "lora-patterns",
                "lora-regex",
                "lora-rslora"
            })
    void whatIsWrittenHasTheSameTensors(String name) {
        Path folder = Golden.folder("peft").resolve(name);
        EngineThread.run(() -> {
            try (var model = base(folder);
                    var lora = PeftLora.read(folder, model)) {
                PeftLora.write(temp, lora, model, "base");
            }
            try {
                assertThat(temp.resolve("adapter_model.safetensors"))
                        .hasSameBinaryContentAs(folder.resolve("adapter_model.safetensors"));
                try (var model = base(folder);
                        var again = PeftLora.read(temp, model)) {
                    PeftLora.write(temp.resolve("again"), again, model, "base");
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

    private static void check(CausalLm model, LoraTuning lora, Golden golden, String padding) {
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
            segments.add(builder.ids(Segment.NO_PARENT, own));
        }
        TokenForest forest = builder.build();
        Tensor logits = model.logits(model.forward(forest, lora), lora);
        float[] actual = logits.toFloats();
        for (int row = 0; row < shape[0]; row++)
            for (int t = 0; t < forest.segments().get(segments.get(row)).length(); t++)
                for (int v = 0; v < shape[2]; v++)
                    assertThat((double) actual[(forest.start(segments.get(row)) + t) * shape[2] + v])
                            .as("%s row %d position %d", padding, row, t)
                            .isCloseTo(expected[(row * shape[1] + t) * shape[2] + v], within(1e-4));
    }
}
