package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NormalisedTest {
    @Test
    void casePunctuationSpacesAndCompatibilityFormsDoNotMatter() {
        assertThat(Normalised.of("  What's\u00A0THIS?! ")).isEqualTo("whats this");
        assertThat(Normalised.of("\uFF21\uFF22\u2460 \uFB01ne")).isEqualTo("ab1 fine");
    }

    @Test
    void lettersOfAllScriptsStay() {
        assertThat(Normalised.of("Zürich, 日本の天気。")).isEqualTo("zürich 日本の天気");
        assertThat(Normalised.of("नमस्ते!")).isEqualTo("नमस्ते");
    }

    @Test
    void textsOfSymbolsStayApart() {
        assertThat(Normalised.of("\uD83D\uDC4D")).isNotEqualTo(Normalised.of("\uD83D\uDC4E"));
        assertThat(Normalised.of("good \uD83D\uDC4D")).isEqualTo("good");
    }
}
