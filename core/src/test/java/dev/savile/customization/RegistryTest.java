package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    @TempDir
    Path home;

    private Path publish(Registry registry, String name, String manifest) throws IOException {
        Path workshop = registry.workshop(name);
        Path file = workshop.resolve(Customization.MANIFEST);
        Files.createDirectories(file.getParent());
        Files.writeString(file, manifest);
        return registry.publish(workshop, name);
    }

    @Test
    void aNameThatIsNotThereIsAnErrorThatNamesThoseThatAre() throws IOException {
        var registry = new Registry(home);
        publish(registry, "support", "{}");
        var error = catchThrowableOfType(UserError.class, () -> registry.find("suport"));
        assertThat(error.code()).isEqualTo("customization.missing");
        assertThat(error.fix()).contains("support");
    }

    @Test
    void aVersionIsFoundByNameAndByItself() throws IOException {
        var registry = new Registry(home);
        Path first = publish(registry, "support", "{\"a\": 1}");
        Path second = publish(registry, "support", "{\"a\": 2}");
        assertThat(first).isNotEqualTo(second);
        for (Path newest : List.of(first, second)) {
            for (Path one : List.of(first, second))
                assertThat(one.resolve(Customization.MANIFEST)
                                .toFile()
                                .setLastModified(newest.equals(one) ? 2_000_000 : 0))
                        .isTrue();
            assertThat(registry.find("support")).isEqualTo(newest);
        }
        assertThat(registry.find("support/" + first.getFileName())).isEqualTo(first);
        assertThat(registry.names()).containsExactly("support");
    }
}
