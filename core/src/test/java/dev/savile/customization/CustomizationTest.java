package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CustomizationTest {
    @TempDir
    Path folder;

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adapter_model.safetensors|{\"peft_type\": \"LORA\", \"lora_alpha\": 16}",
                "adapter.safetensors|{\"config\": {\"reduction_factor\": 16}}"
            })
    void theDigestOfAForeignAdapterFollowsItsConfigurationAndItsWeights(String weights, String config)
            throws IOException {
        write("adapter_config.json", config);
        write(weights, "one");
        String digest = Customization.digest(folder);
        assertThat(digest).hasSize(64);
        write("adapter_config.json", config.replace("16", "32"));
        String otherConfig = Customization.digest(folder);
        write("adapter_config.json", config);
        write(weights, "two");
        String otherWeights = Customization.digest(folder);
        assertThat(otherConfig).isNotEqualTo(digest).isNotEqualTo(otherWeights);
        assertThat(otherWeights).isNotEqualTo(digest);
        write(weights, "one");
        write("README.md", "what is not part of the adapter");
        assertThat(Customization.digest(folder)).isEqualTo(digest);
        Files.delete(folder.resolve(weights));
        UserError error = catchThrowableOfType(UserError.class, () -> Customization.digest(folder));
        assertThat(error.code()).isEqualTo("customization.missing");
        assertThat(error.what()).contains(weights);
    }

    @Test
    void aManifestStandsForItsFiles() throws IOException {
        Files.createDirectory(folder.resolve("savile"));
        write("savile/manifest.json", "{}");
        String digest = Customization.digest(folder);
        write("savile/manifest.json", "{ }");
        assertThat(Customization.digest(folder)).isNotEqualTo(digest);
    }
}
