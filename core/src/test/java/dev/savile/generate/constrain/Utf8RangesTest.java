package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.Rng;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class Utf8RangesTest {
    @Test
    void allCharactersAreTheWellFormedSequencesOfTheStandard() {
        // table 3-7 of the Unicode standard
        assertThat(Utf8Ranges.of(CodePoints.ALL))
                .containsExactly(
                        new int[] {0x00, 0x7F},
                        new int[] {0xC2, 0xDF, 0x80, 0xBF},
                        new int[] {0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF},
                        new int[] {0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF},
                        new int[] {0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF},
                        new int[] {0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF},
                        new int[] {0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
                        new int[] {0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
                        new int[] {0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF});
    }

    @Test
    void sequencesHoldExactlyTheCharactersOfTheSet() {
        Rng rng = Rng.of(1, "utf8");
        for (int round = 0; round < 300; round++) {
            int[] bounds = new int[2 * (1 + rng.nextInt(3))];
            for (int i = 0; i < bounds.length; i += 2) {
                bounds[i] = point(rng);
                bounds[i + 1] = Math.max(bounds[i], point(rng));
            }
            CodePoints set = CodePoints.of(bounds);
            List<int[]> sequences = Utf8Ranges.of(set);
            for (int i = 0; i < 200; i++) {
                int near = bounds[rng.nextInt(bounds.length)] + rng.nextInt(5) - 2;
                int probe = i % 2 == 0 ? point(rng) : Math.clamp(near, 0, Character.MAX_CODE_POINT);
                if (probe >= Character.MIN_SURROGATE && probe <= Character.MAX_SURROGATE) continue;
                byte[] bytes = Character.toString(probe).getBytes(StandardCharsets.UTF_8);
                boolean inside = false;
                for (int j = 0; j < bounds.length; j += 2) inside |= probe >= bounds[j] && probe <= bounds[j + 1];
                assertThat(set.contains(probe)).isEqualTo(inside);
                assertThat(set.complement().contains(probe)).isEqualTo(!inside);
                assertThat(sequences.stream().filter(sequence -> holds(sequence, bytes)))
                        .hasSize(inside ? 1 : 0);
            }
        }
    }

    /// Characters of all lengths are as likely as each other.
    private static int point(Rng rng) {
        int[] limits = {0x80, 0x800, 0x10000, 0x110000};
        return rng.nextInt(limits[rng.nextInt(limits.length)]);
    }

    private static boolean holds(int[] sequence, byte[] bytes) {
        if (sequence.length != 2 * bytes.length) return false;
        for (int i = 0; i < bytes.length; i++) {
            int value = bytes[i] & 0xFF;
            if (value < sequence[2 * i] || value > sequence[2 * i + 1]) return false;
        }
        return true;
    }

    @Test
    void setsAreSubtractedAndHoldNoSurrogates() {
        CodePoints set = CodePoints.of('a', 'z').minus(CodePoints.of('f', 'k', 'x', 0x10FFFF));
        assertThat(set.ranges()).isEqualTo(2);
        for (int point = 0; point < 200; point++)
            assertThat(set.contains(point)).isEqualTo((point >= 'a' && point <= 'e') || (point >= 'l' && point <= 'w'));
        assertThat(CodePoints.of(0xD800, 0xDFFF).isEmpty()).isTrue();
        assertThat(CodePoints.of().complement().contains(0xDABC)).isFalse();
    }
}
