package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    /// Each id is one byte: the hardest case for a stream.
    private static final class ByteTokenizer implements Tokenizer {
        @Override
        public int[] encode(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) ids[i] = bytes[i] & 0xFF;
            return ids;
        }

        @Override
        public Encoding encodeWithSpans(String text) {
            throw new UnsupportedOperationException("not needed here");
        }

        @Override
        public String decode(int[] ids) {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) bytes[i] = (byte) ids[i];
            return Utf8.decode(bytes);
        }

        @Override
        public byte[] bytes(int id) {
            return new byte[] {(byte) id};
        }

        @Override
        public boolean special(int id) {
            return false;
        }

        @Override
        public int vocabularySize() {
            return 256;
        }

        @Override
        public OptionalInt idOf(String token) {
            return OptionalInt.empty();
        }

        @Override
        public String digest() {
            return "bytes";
        }
    }

    private final ByteTokenizer tokenizer = new ByteTokenizer();

    @Test
    void charactersAreHeldBackUntilTheyAreWhole() {
        TextStream stream = new TextStream(tokenizer);
        int[] ids = tokenizer.encode("é🙂x");
        String[] wanted = {"", "é", "", "", "", "🙂", "x"};
        for (int i = 0; i < ids.length; i++) assertThat(stream.add(ids[i])).isEqualTo(wanted[i]);
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void whatNeverBecomesACharacterIsReplacedAtTheEnd() {
        TextStream stream = new TextStream(tokenizer);
        assertThat(stream.add(0xF0)).isEmpty();
        assertThat(stream.add(0x9F)).isEmpty();
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void piecesPutTogetherAreTheDecodedText() {
        Random random = new Random(7);
        for (int round = 0; round < 5000; round++) {
            int[] ids = random.ints(random.nextInt(12), 0, 256).toArray();
            if (round % 2 == 0) for (int i = 0; i < ids.length; i++) if (random.nextBoolean()) ids[i] |= 0x80;
            TextStream stream = new TextStream(tokenizer);
            StringBuilder text = new StringBuilder();
            for (int id : ids) text.append(stream.add(id));
            text.append(stream.flush());
            assertThat(text.toString()).as("round %d", round).isEqualTo(tokenizer.decode(ids));
        }
    }

    @Test
    void partsOfAStopStringAreNeverShown() {
        StopStrings stops = new StopStrings(List.of("###", "\nUser:"));
        assertThat(stops.add("ab#")).isEqualTo("ab");
        assertThat(stops.add("#c\nUs")).isEqualTo("##c");
        assertThat(stops.add("er: more")).isEmpty();
        assertThat(stops.matched()).contains("\nUser:");
        assertThat(stops.add("x")).isEmpty();
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void whatWasHeldBackInVainIsShownAtTheEnd() {
        StopStrings stops = new StopStrings(List.of("stop"));
        assertThat(stops.add("sto")).isEmpty();
        assertThat(stops.flush()).isEqualTo("sto");
        assertThat(stops.matched()).isEmpty();
    }

    @Test
    void theEarliestAndThenTheLongestStopStringWins() {
        StopStrings stops = new StopStrings(List.of("b", "bc", "c"));
        assertThat(stops.add("abcd")).isEqualTo("a");
        assertThat(stops.matched()).contains("bc");
    }

    @Test
    void streamedTextEndsBeforeTheStopHoweverItIsCut() {
        Random random = new Random(11);
        List<String> all = List.of("aab", "ba", "aaaa");
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 14; i++) text.append("abc".charAt(random.nextInt(3)));
            StopStrings stops = new StopStrings(all);
            StringBuilder shown = new StringBuilder();
            int at = 0;
            while (at < text.length()) {
                int next = Math.min(text.length(), at + 1 + random.nextInt(4));
                shown.append(stops.add(text.substring(at, next)));
                at = next;
            }
            shown.append(stops.flush());
            int end = all.stream()
                    .mapToInt(text::indexOf)
                    .filter(found -> found >= 0)
                    .min()
                    .orElse(text.length());
            assertThat(shown).as("round %d: %s", round, text).hasToString(text.substring(0, end));
        }
    }
}
