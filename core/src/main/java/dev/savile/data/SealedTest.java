package dev.savile.data;

import dev.savile.common.DurableFiles;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;

/// Hold the test rows back until the choice is made.
///
/// They come out only for a frozen decision, named by its digest; every access is written down, and a second,
/// different decision is refused: a test that helped to choose is no test any more. *Source*: Dwork et al., "The
/// reusable holdout", 2015.
public final class SealedTest {
    private static final String LOG = "test-access.log";

    private final List<LabelledRow> rows;
    private final Path log;
    private final Clock clock;

    /// @param folder of the study; the log of accesses lives there
    public SealedTest(List<LabelledRow> rows, Path folder, Clock clock) {
        this.rows = List.copyOf(rows);
        this.log = folder.resolve(LOG);
        this.clock = clock;
    }

    public int size() {
        return rows.size();
    }

    /// Digest of the rows, which may be shown.
    public String digest() {
        return LabelledData.digest(rows);
    }

    /// Open the test for a decision.
    ///
    /// @throws UserError `test.sealed` when it was opened for another decision before
    public List<LabelledRow> open(String decisionDigest) {
        for (String line : accesses())
            if (!line.endsWith(" " + decisionDigest))
                throw new UserError(
                        "test.sealed",
                        "the test rows of this study were opened for another decision",
                        "a test that was looked at before the choice would flatter it",
                        "start a new study with fresh test rows");
        String line = clock.instant() + " " + decisionDigest + "\n";
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            Files.writeString(
                    log,
                    line,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND,
                    StandardOpenOption.SYNC);
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(log, e);
        }
        return rows;
    }

    /// Every access so far: time and digest of the decision.
    public List<String> accesses() {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UserError(
                            "test.sealed",
                            "cannot read " + log + " (" + e + ")",
                            "whether the test was opened is not known",
                            "restore the file")
                    .causedBy(e);
        }
    }
}
