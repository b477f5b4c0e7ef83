package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Real data sets as they are: row counts and duplicates that were counted by other means.
class RealDataTest {
    private static Path data(String name) {
        Path shared = Path.of(System.getProperty("savile.root", "."), "..", "shared", "data")
                .normalize();
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        return shared.resolve(name);
    }

    @Test
    void smsSpamIsReadWithItsStrayQuotes() {
        var data = LabelledReader.read(data("sms-spam/SMSSpamCollection.tsv"), Columns.guessed());
        assertThat(data.rows()).hasSize(5574);
        assertThat(data.rows().stream().filter(row -> row.label().equals("spam")))
                .hasSize(747);
        assertThat(data.rows().getLast().line()).isEqualTo(5575);
        assertThat(data.warnings()).isEmpty();
        var duplicates = Duplicates.of(data.rows());
        assertThat(duplicates.repeats()).hasSize(442);
        assertThat(duplicates.conflicts()).isEmpty();
    }

    @Test
    void bankingHasSeventySevenLabelsAndElevenTestRowsInTrain() {
        var train = LabelledReader.read(data("banking77/train.csv"), Columns.guessed());
        var test = LabelledReader.read(data("banking77/test.csv"), Columns.guessed());
        assertThat(train.rows()).hasSize(10_003);
        assertThat(test.rows()).hasSize(3_080);
        assertThat(train.labels()).hasSize(77);
        Set<String> texts =
                train.rows().stream().map(row -> Normalised.of(row.text())).collect(Collectors.toSet());
        assertThat(test.rows().stream().filter(row -> texts.contains(Normalised.of(row.text()))))
                .hasSize(11);
        var split = Splitter.withTest(Duplicates.of(train.rows()), test.rows(), 1);
        assertThat(split.test().size()).isEqualTo(3_080);
        assertThat(Stream.concat(split.train().stream(), split.select().stream())
                        .map(row -> Normalised.of(row.text())))
                .doesNotContainAnyElementsOf(test.rows().stream()
                        .map(row -> Normalised.of(row.text()))
                        .toList());
    }
}
