package dev.savile.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FewTest {
    @Test
    void whatIsNotNamedIsCounted() {
        assertThat(Few.of(List.of("a", "b", "c"), 2)).isEqualTo("a, b and 1 more");
        assertThat(Few.of(List.of("a", "b"), 2)).isEqualTo("a, b");
        assertThat(Few.of(List.of(), 2)).isEmpty();
        assertThat(Few.of(List.of("a", "b", "c"), 1, "; ", "; and ")).isEqualTo("a; and 2 more");
    }
}
