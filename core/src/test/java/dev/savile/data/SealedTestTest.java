package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Digest;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedTestTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-01T10:00:00Z"), ZoneOffset.UTC);
    private static final String FIRST = Digest.ofText("first decision");
    private static final String SECOND = Digest.ofText("second decision");

    private final List<LabelledRow> rows =
            List.of(new LabelledRow(4, "one\n\"1\"", "x", 6), new LabelledRow(9, "zwölf", "y", 11));

    @TempDir
    Path folder;

    private SealedTest seal() {
        return new TestRows(rows).seal(folder.resolve("study"), CLOCK);
    }

    @Test
    void rowsComeOutForOneDecisionAndEveryAccessIsWrittenDown() {
        var test = seal();
        assertThat(test.accesses()).isEmpty();
        assertThat(test.open(FIRST)).isEqualTo(rows);
        assertThat(test.open(FIRST)).isEqualTo(rows);
        assertThat(test.accesses()).containsExactly("2026-03-01T10:00:00Z " + FIRST, "2026-03-01T10:00:00Z " + FIRST);
        assertThat(test.timesReused()).isZero();
    }

    @Test
    void anotherDecisionIsRefusedAndLeavesNoTrace() {
        seal().open(FIRST);
        var error = catchThrowableOfType(UserError.class, () -> seal().open(SECOND));
        assertThat(error.code()).isEqualTo("test.sealed");
        assertThat(seal().accesses()).hasSize(1);
    }

    @Test
    void openingAgainOnPurposeIsCounted() {
        var test = seal();
        test.open(FIRST);
        assertThat(test.reopen(SECOND)).isEqualTo(new SealedTest.Opened(rows, 1));
        assertThat(test.reopen(Digest.ofText("third")).timesReused()).isEqualTo(2);
        assertThat(test.reopen(SECOND).timesReused()).isEqualTo(2);
        assertThat(catchThrowableOfType(UserError.class, () -> test.open(FIRST)).code())
                .isEqualTo("test.sealed");
    }

    @Test
    void aResumedStudyMeetsTheSameSeal() {
        String digest = seal().digest();
        seal().open(FIRST);
        var resumed = SealedTest.resume(folder.resolve("study"), CLOCK);
        assertThat(resumed.digest()).isEqualTo(digest);
        assertThat(resumed.size()).isEqualTo(2);
        assertThat(resumed.open(FIRST)).isEqualTo(rows);
        assertThat(catchThrowableOfType(UserError.class, () -> resumed.open(SECOND))
                        .code())
                .isEqualTo("test.sealed");
    }

    @Test
    void otherRowsAreRefusedInAStudyThatHasItsTest() {
        seal();
        var other = new TestRows(rows.subList(0, 1));
        var error = catchThrowableOfType(UserError.class, () -> other.seal(folder.resolve("study"), CLOCK));
        assertThat(error.code()).isEqualTo("test.changed");
    }

    @Test
    void editedRowsAreRefused() throws IOException {
        seal();
        Path file = folder.resolve("study/test-rows.json");
        Files.writeString(file, Files.readString(file).replace("\"y\"", "\"x\""));
        var error = catchThrowableOfType(UserError.class, () -> SealedTest.resume(folder.resolve("study"), CLOCK));
        assertThat(error.code()).isEqualTo("test.changed");
    }

    @Test
    void onlyTheDigestOfADecisionOpensIt() {
        assertThatThrownBy(() -> seal().open("a choice")).isInstanceOf(IllegalStateException.class);
        assertThat(seal().accesses()).isEmpty();
    }

    @Test
    void nothingPrintedGivesARowAway() {
        assertThat(new TestRows(rows).toString()).isEqualTo("TestRows[2]");
    }
}
