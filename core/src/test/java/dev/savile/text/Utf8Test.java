package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Utf8Test {
    private static String decode(String hex) {
        return Utf8.decode(HexFormat.of().parseHex(hex));
    }

    @Test
    void soundTextIsReadAsItIs() {
        String text = "a\u0000é߿ࠀ日\uD7FF\uE000\uFFFF🙂𝕏\uDBFF\uDFFF";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(Utf8.decode(bytes)).isEqualTo(text);
        assertThat(Utf8.incomplete(bytes)).isZero();
    }

    /// Wanted texts are those of Python's `bytes.decode("utf-8", "replace")`.
    @Test
    void eachBrokenBeginningGivesOneReplacement() {
        assertThat(decode("f09f41")).isEqualTo("\uFFFDA");
        assertThat(decode("eda080")).isEqualTo("\uFFFD\uFFFD\uFFFD");
        assertThat(decode("e08080")).isEqualTo("\uFFFD\uFFFD\uFFFD");
        assertThat(decode("f4908080")).isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD");
        assertThat(decode("c0af")).isEqualTo("\uFFFD\uFFFD");
        assertThat(decode("f09f99f09f9982")).isEqualTo("\uFFFD🙂");
        assertThat(decode("80c3")).isEqualTo("\uFFFD\uFFFD");
        assertThat(decode("e697")).isEqualTo("\uFFFD");
    }

    @Test
    void onlyWhatCanStillBecomeACharacterIsIncomplete() {
        assertThat(Utf8.incomplete(HexFormat.of().parseHex("41f09f99"))).isEqualTo(3);
        assertThat(Utf8.incomplete(HexFormat.of().parseHex("41e6"))).isEqualTo(1);
        assertThat(Utf8.incomplete(HexFormat.of().parseHex("eda0"))).isZero();
        assertThat(Utf8.incomplete(HexFormat.of().parseHex("41ff"))).isZero();
        assertThat(Utf8.incomplete(HexFormat.of().parseHex("c380"))).isZero();
        assertThat(Utf8.incomplete(new byte[0])).isZero();
    }
}
