package dev.savile.files.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    Path temp;

    @Test
    void brokenFilesAreRefusedAndOddOnesRead() throws IOException {
        try (Stream<Path> files = Files.list(Golden.folder("malformed").resolve("safetensors"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList()) {
                if (file.getFileName().toString().startsWith("ok-")) {
                    try (SafetensorsFile open = Safetensors.open(file)) {
                        assertThat(open.names()).isNotEmpty();
                    }
                } else {
                    assertThatThrownBy(() -> Safetensors.open(file).close())
                            .as(file.getFileName().toString())
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.code()).startsWith("safetensors."));
                }
            }
        }
    }

    @Test
    void writingWhatWasReadGivesTheSameBytes() throws IOException {
        try (Stream<Path> folders = Files.list(Golden.folder("peft"))) {
            for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                Path file = folder.resolve("adapter_model.safetensors");
                try (SafetensorsFile open = Safetensors.open(file)) {
                    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
                    for (String name : open.names())
                        entries.add(new SafetensorsWriter.Entry(
                                name, open.info(name).dtype(), open.info(name).shape(), open.segment(name)));
                    SafetensorsWriter.write(temp.resolve("copy.safetensors"), entries, open.metadata());
                }
                assertThat(temp.resolve("copy.safetensors")).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void aFolderThatCannotBeWrittenLeavesNothingBehind() throws IOException {
        Path file = temp.resolve("file");
        Files.writeString(file, "in the way");
        assertThatThrownBy(() -> SafetensorsWriter.write(file.resolve("x.safetensors"), List.of(), Map.of()))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("disk.write"));
        try (Stream<Path> left = Files.list(temp)) {
            assertThat(left).containsExactly(file);
        }
    }
}
