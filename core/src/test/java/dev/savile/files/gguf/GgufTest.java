package dev.savile.files.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.testing.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTest {
    @TempDir
    Path temp;

    @Test
    void brokenFilesAreRefusedAndOddOnesRead() throws IOException {
        try (Stream<Path> files = Files.list(Golden.folder("malformed").resolve("gguf"))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".gguf")).sorted().toList()) {
                if (file.getFileName().toString().startsWith("ok-")) {
                    try (GgufFile open = GgufFile.open(file)) {
                        assertThat(open.names()).containsExactly("a", "b");
                    }
                } else {
                    assertThatThrownBy(() -> GgufFile.open(file).close())
                            .as(file.getFileName().toString())
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.code()).startsWith("gguf."));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0"})
    void valuesEqualTheReference(String type) {
        Path folder = Golden.folder("gguf").resolve("quants");
        try (GgufFile file = GgufFile.open(folder.resolve("quants.gguf"));
                Golden golden = Golden.open(folder.resolve("blocks.safetensors"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocate(file.info(type).count() * Float.BYTES, 64);
            file.dequantize(type, floats);
            float[] expected = golden.floats(type + ".random.values");
            float[] own = floats.toArray(ValueLayout.JAVA_FLOAT);
            assertThat(own).hasSameSizeAs(expected);
            boolean exact = !type.startsWith("Q");
            for (int i = 0; i < own.length; i++) {
                if (exact) assertThat(Float.floatToRawIntBits(own[i])).isEqualTo(Float.floatToRawIntBits(expected[i]));
                else assertThat((double) own[i]).isCloseTo(expected[i], within(2e-6 * blockMax(expected, i) + 1e-45));
            }
        }
    }

    private static double blockMax(float[] values, int at) {
        double max = 0;
        for (int i = at / 32 * 32; i < at / 32 * 32 + 32; i++) max = Math.max(max, Math.abs(values[i]));
        return max;
    }

    @Test
    void aQuantizationThatCannotBeReadIsNamed() {
        try (GgufFile file = GgufFile.open(Golden.folder("gguf").resolve("quants/quants.gguf"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocate(file.info("Q6_K").count() * Float.BYTES);
            assertThatThrownBy(() -> file.dequantize("Q6_K", floats)).isInstanceOfSatisfying(UserError.class, e -> {
                assertThat(e.code()).isEqualTo("gguf.type");
                assertThat(e.what()).contains("Q6_K");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-f32", "llama-q8_0"})
    void aConvertedModelGivesTheReferenceLogits(String name) {
        Path folder = Golden.folder("gguf").resolve("llama");
        Path converted = GgufConversion.convert(folder.resolve(name + ".gguf"), temp, Progress.none());
        EngineThread.run(() -> {
            try (var model = BaseModel.decoder(converted, Precision.FP32, Device.CPU);
                    Golden golden = Golden.open(folder.resolve(name + ".golden.safetensors"));
                    var scope = Scope.open();
                    var off = Grad.off()) {
                long[] ids = golden.longs("input_ids");
                int time = golden.shape("input_ids")[1];
                var builder = TokenForest.builder();
                for (int row = 0; row < 2; row++)
                    builder.ids(
                            Segment.NO_PARENT,
                            Arrays.stream(ids, row * time, (row + 1) * time)
                                    .mapToInt(Math::toIntExact)
                                    .toArray());
                float[] own = model.logits(model.forward(builder.build(), Tuning.NONE), Tuning.NONE)
                        .toFloats();
                float[] expected = golden.floats("logits");
                for (int i = 0; i < expected.length; i++)
                    assertThat((double) own[i]).isCloseTo(expected[i], within(1e-4));
            }
        });
        assertThat(GgufConversion.convert(folder.resolve(name + ".gguf"), temp, Progress.none()))
                .isEqualTo(converted);
    }
}
