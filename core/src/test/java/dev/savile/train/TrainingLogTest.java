package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.objective.Fit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is logged can be read: lines of JSON, and records whose checksums TensorBoard would accept.
class TrainingLogTest {
    @TempDir
    Path folder;

    private final Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    @Test
    void stepsAndValidationsAreWrittenTwice() throws IOException {
        try (var log = new TrainingLog(folder, clock)) {
            log.step(new StepEvent(1, 10, 0.1, 2.5, 1e-3, 0.7, 12, 300, 0.5, 1_000_000, 4.5));
            log.validated(1, new Fit(18, 8, 6, 4, 1), true);
        }
        List<String> lines = Files.readAllLines(folder.resolve("events.jsonl"));
        assertThat(lines).hasSize(2);
        var step = Json.strict().readTree(lines.getFirst());
        assertThat(step.get("loss").doubleValue()).isEqualTo(2.5);
        assertThat(step.get("tokens-per-second").doubleValue()).isEqualTo(600);
        assertThat(step.get("steps").intValue()).isEqualTo(10);
        assertThat(step.get("seconds-left").doubleValue()).isEqualTo(4.5);
        var validation = Json.strict().readTree(lines.get(1));
        assertThat(validation.get("best").booleanValue()).isTrue();
        assertThat(validation.get("loss").doubleValue()).isEqualTo(2.25);
        assertThat(validation.get("token-accuracy").doubleValue()).isEqualTo(0.75);
        assertThat(validation.get("reply-match").doubleValue()).isEqualTo(0.25);

        List<byte[]> records = records();
        assertThat(records).hasSize(3);
        assertThat(new String(records.getFirst(), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("brain.Event:2");
        byte[] value = new byte[] {0x15, 0, 0, 0x20, 0x40}; // field 2, a float: 2.5
        assertThat(contains(records.get(1), value)).isTrue();
        assertThat(new String(records.get(2), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("validation/loss");
    }

    private List<byte[]> records() throws IOException {
        Path file;
        try (var files = Files.list(folder)) {
            file = files.filter(path -> path.getFileName().toString().startsWith("events.out.tfevents."))
                    .findFirst()
                    .orElseThrow();
        }
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(masked(length));
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(data);
            assertThat(in.getInt()).isEqualTo(masked(data));
            records.add(data);
        }
        return records;
    }

    private static int masked(byte[] data) {
        var crc = new CRC32C();
        crc.update(data, 0, data.length);
        long value = crc.getValue();
        return (int) ((value >>> 15 | value << 17) + 0xa282ead8L);
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int at = 0; at + part.length <= all.length; at++)
            if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) return true;
        return false;
    }
}
