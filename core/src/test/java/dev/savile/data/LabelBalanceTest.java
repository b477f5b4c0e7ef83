package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelBalanceTest {
    private static LabelBalance of(Object... labelsWithRows) {
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < labelsWithRows.length; i += 2)
            for (int k = 0; k < (int) labelsWithRows[i + 1]; k++)
                rows.add(new LabelledRow(rows.size(), "text " + rows.size(), (String) labelsWithRows[i], rows.size()));
        return LabelBalance.of(rows);
    }

    @Test
    void labelsAreCountedTheMostFrequentFirst() {
        LabelBalance balance = of("b", 7, "a", 7, "c", 9);
        assertThat(balance.sentence()).isEqualTo("3 labels: c 9, a 7, b 7");
        assertThat(balance.warnings()).isEmpty();
    }

    @Test
    void ofManyLabelsTheEndsAreShown() {
        Object[] labels = new Object[24];
        for (int i = 0; i < 12; i++) {
            labels[2 * i] = "label" + i;
            labels[2 * i + 1] = 30 - i;
        }
        assertThat(of(labels).sentence())
                .isEqualTo("12 labels: most label0 30, label1 29, label2 28, label3 27, label4 26; fewest label7 23,"
                        + " label8 22, label9 21, label10 20, label11 19");
    }

    @Test
    void labelsWithFewerThanFiveRowsAreNamed() {
        assertThat(of("a", 20, "b", 5, "c", 20).warnings()).isEmpty();
        assertThat(of("a", 20, "b", 4, "c", 20).warnings())
                .singleElement()
                .asString()
                .contains("1 of 3 labels", "'b' 4");
    }

    /// Of two labels 80 % is the limit, of four or more 50 %.
    @Test
    void aLabelWithMostRowsIsNamed() {
        assertThat(of("a", 80, "b", 20).warnings()).isEmpty();
        assertThat(of("a", 81, "b", 19).warnings()).singleElement().asString().contains("'a' has 81 %");
        assertThat(of("a", 50, "b", 20, "c", 15, "d", 15).warnings()).isEmpty();
        assertThat(of("a", 51, "b", 19, "c", 15, "d", 15).warnings())
                .singleElement()
                .asString()
                .contains("'a' has 51 %");
    }
}
