package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerCacheTest {
    private static final SystemKey SYSTEM = new SystemKey("b", "s", "t", "c", "fp32", "none", "CPU", "1");

    @TempDir
    Path folder;

    private Path file() throws IOException {
        try (var files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    private void keep(String key, Object value) {
        try (AnswerCache cache = AnswerCache.open(folder, SYSTEM)) {
            cache.put(key, value);
        }
    }

    private boolean knows(SystemKey system, String key) {
        try (AnswerCache cache = AnswerCache.open(folder, system)) {
            return cache.find(key).isPresent();
        }
    }

    @Test
    void answersAreFoundAgain() {
        String key = AnswerCache.key(new int[] {1, 2}, "x");
        keep(key, new double[] {-0.5, -1.25});
        try (AnswerCache cache = AnswerCache.open(folder, SYSTEM)) {
            assertThat(cache.find(key).orElseThrow().get(1).doubleValue()).isEqualTo(-1.25);
            assertThat(cache.hits()).isEqualTo(1);
            assertThat(cache.find("other")).isEmpty();
        }
    }

    @Test
    void whateverChangesAnAnswerChangesTheKey() {
        keep("k", 1);
        assertThat(knows(SYSTEM, "k")).isTrue();
        List<SystemKey> others = List.of(
                new SystemKey("x", "s", "t", "c", "fp32", "none", "CPU", "1"),
                new SystemKey("b", "x", "t", "c", "fp32", "none", "CPU", "1"),
                new SystemKey("b", "s", "x", "c", "fp32", "none", "CPU", "1"),
                new SystemKey("b", "s", "t", "x", "fp32", "none", "CPU", "1"),
                new SystemKey("b", "s", "t", "c", "x", "none", "CPU", "1"),
                new SystemKey("b", "s", "t", "c", "fp32", "x", "CPU", "1"),
                new SystemKey("b", "s", "t", "c", "fp32", "none", "x", "1"),
                new SystemKey("b", "s", "t", "c", "fp32", "none", "CPU", "x"));
        assertThat(others).hasSize(SystemKey.class.getRecordComponents().length);
        for (SystemKey other : others)
            assertThat(knows(other, "k")).as("%s", other).isFalse();
        String key = AnswerCache.key(new int[] {1, 2}, List.of("greedy", 0));
        assertThat(AnswerCache.key(new int[] {1, 3}, List.of("greedy", 0))).isNotEqualTo(key);
        assertThat(AnswerCache.key(new int[] {1, 2}, List.of("greedy", 1))).isNotEqualTo(key);
        String words = AnswerCache.key("Who?", List.of("rubric", 0));
        assertThat(AnswerCache.key("Who!", List.of("rubric", 0))).isNotEqualTo(words);
        assertThat(AnswerCache.key("Who?", List.of("rubric", 1))).isNotEqualTo(words);
    }

    @Test
    void aLineThatWasCutOffIsDroppedAndNothingElse() throws IOException {
        keep("first", 1);
        Files.writeString(file(), "{\"key\":\"half", StandardOpenOption.APPEND);
        assertThat(knows(SYSTEM, "first")).isTrue();
        keep("second", 2);
        assertThat(knows(SYSTEM, "first")).isTrue();
        assertThat(knows(SYSTEM, "second")).isTrue();
        assertThat(knows(SYSTEM, "half")).isFalse();
    }

    @Test
    void theFileOfAnotherSystemIsRefused() throws IOException {
        keep("k", 1);
        Files.writeString(file(), Files.readString(file()).replaceFirst("\"system\":\"..", "\"system\":\"zz"));
        var error = catchThrowableOfType(UserError.class, () -> AnswerCache.open(folder, SYSTEM));
        assertThat(error.code()).isEqualTo("cache.other");
    }

    @Test
    void twoAtOnceDoNotMixTheirLines() {
        try (AnswerCache first = AnswerCache.open(folder, SYSTEM);
                AnswerCache second = AnswerCache.open(folder, SYSTEM)) {
            first.put("a", 1);
            second.put("b", 2); // keeps nothing: the file is taken
        }
        assertThat(knows(SYSTEM, "a")).isTrue();
        assertThat(knows(SYSTEM, "b")).isFalse();
    }

    @Test
    void whatIsForgottenIsAskedAnew() {
        try (AnswerCache cache = AnswerCache.none()) {
            String key = AnswerCache.key(new int[] {1}, "asked");
            cache.put(key, 3);
            assertThat(cache.find(key)).isPresent();
            cache.forget();
            assertThat(cache.find(key)).isEmpty();
        }
    }
}
