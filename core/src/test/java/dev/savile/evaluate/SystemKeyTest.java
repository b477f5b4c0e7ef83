package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Digest;
import dev.savile.customization.Provenance;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.WeightStorage;
import dev.savile.testing.Golden;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemKeyTest {
    @TempDir
    Path folder;

    @Test
    void everyPartIsThatOfTheSystem() {
        EngineThread.run(() -> {
            try (BaseModel base = Golden.tinyChat(folder.resolve("home"))) {
                SystemKey key = SystemKey.of(base, "");
                assertThat(key)
                        .isEqualTo(new SystemKey(
                                Digest.ofFile(Golden.folder("gguf").resolve("llama/llama-f32.gguf")),
                                base.model().spec().digest(),
                                base.encoder().digest(),
                                "",
                                "fp32",
                                "none",
                                "CPU",
                                Provenance.build()));
                assertThat(SystemKey.of(base, "c").customization()).isEqualTo("c");
                assertThat(TinyModels.llama().digest())
                        .isEqualTo(TinyModels.llama().digest())
                        .isNotEqualTo(TinyModels.llama(6).digest());
                try (CausalLm packed = TinyModels.of(TinyModels.llama(), Precision.FP32, WeightStorage.NF4);
                        CausalLm precise = TinyModels.of(TinyModels.llama(), Precision.FP64)) {
                    assertThat(SystemKey.of(over(base, packed), "").storage()).isEqualTo("nf4");
                    assertThat(SystemKey.of(over(base, precise), "").precision())
                            .isNotEqualTo(key.precision());
                }
            }
        });
    }

    private static BaseModel over(BaseModel base, CausalLm model) {
        return new BaseModel(base.name(), base.files(), base.digest(), model, base.encoder(), base.endIds());
    }
}
