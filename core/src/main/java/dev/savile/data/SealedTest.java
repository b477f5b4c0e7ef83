package dev.savile.data;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Hold the test rows back until the choice is made.
///
/// They come out only for a frozen decision, named by its digest; every access is written down, and a second,
/// different decision is refused: a test that helped to choose is no test any more. The rows lie in a file of
/// their own in the study's folder, so a resumed study meets the same seal. *Source*: Dwork et al., "The reusable
/// holdout", 2015.
public final class SealedTest {
    private static final String ROWS = "test-rows.json";
    private static final String LOG = "test-access.log";

    /// The test rows for one decision.
    ///
    /// @param timesReused how many other decisions saw them before; above 0 every number measured on them must say
    ///                    so
    public record Opened(List<LabelledRow> rows, int timesReused) {
        public Opened {
            rows = List.copyOf(rows);
        }
    }

    private record Stored(String digest, List<LabelledRow> rows) {}

    private final TestRows test;
    private final Path log;
    private final Clock clock;

    private SealedTest(TestRows test, Path folder, Clock clock) {
        this.test = test;
        this.log = folder.resolve(LOG);
        this.clock = clock;
    }

    /// Seal test rows into a study's folder. Where the same rows are sealed already, their log of accesses goes
    /// on.
    ///
    /// @throws UserError `test.changed` when other rows are sealed there, `disk.write`, `disk.full`
    public static SealedTest seal(TestRows test, Path folder, Clock clock) {
        Path file = folder.resolve(ROWS);
        if (Files.exists(file)) {
            SealedTest sealed = resume(folder, clock);
            if (!sealed.digest().equals(test.digest()))
                throw new UserError(
                        "test.changed",
                        "the study in " + folder + " has " + sealed.size() + " other test rows than the " + test.size()
                                + " given",
                        "scores on different rows cannot be compared",
                        "use the data and the seed that the study began with, or begin a new one");
            return sealed;
        }
        DurableFiles.write(file, Json.line(new Stored(test.digest(), test.rows())) + "\n");
        return new SealedTest(test, folder, clock);
    }

    /// Meet the seal of a study that is resumed.
    ///
    /// @throws UserError `file.missing` when nothing was sealed there, `test.changed` when the rows are not those
    ///                   sealed
    public static SealedTest resume(Path folder, Clock clock) {
        Path file = folder.resolve(ROWS);
        Stored stored = Json.read(file, Stored.class);
        var test = new TestRows(stored.rows());
        if (!test.digest().equals(stored.digest()))
            throw new UserError(
                    "test.changed",
                    "the test rows in " + file + " are not those that were sealed",
                    "a score on edited rows means nothing",
                    "restore the file, or begin a new study");
        return new SealedTest(test, folder, clock);
    }

    public int size() {
        return test.size();
    }

    /// Digest of the rows, which may be shown.
    public String digest() {
        return test.digest();
    }

    /// Open the test for the study's one decision.
    ///
    /// @throws UserError `test.sealed` when it was opened for another decision before
    public List<LabelledRow> open(String decisionDigest) {
        Set<String> others = decisions();
        others.remove(decisionDigest);
        if (!others.isEmpty())
            throw new UserError(
                    "test.sealed",
                    "the test rows of this study were opened for another decision",
                    "a test that was looked at before the choice would flatter it",
                    "begin a new study with fresh test rows, or add --reuse-test and every number will say so");
        write(decisionDigest);
        return test.rows();
    }

    /// Open the test for a decision though other decisions saw it before.
    public Opened reopen(String decisionDigest) {
        write(decisionDigest);
        return new Opened(test.rows(), timesReused());
    }

    /// Return how many further decisions saw the test after the first.
    public int timesReused() {
        return Math.max(0, decisions().size() - 1);
    }

    /// Every access so far: time and digest of the decision.
    public List<String> accesses() {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UserError(
                            "test.log",
                            "cannot read " + log + " (" + e + ")",
                            "whether the test was opened before is not known",
                            "make the file readable, or begin a new study")
                    .causedBy(e);
        }
    }

    private Set<String> decisions() {
        Set<String> decisions = new LinkedHashSet<>();
        for (String access : accesses()) decisions.add(access.substring(access.indexOf(' ') + 1));
        return decisions;
    }

    /// The log is written before the rows leave: an access that was stopped half-way counts.
    private void write(String decisionDigest) {
        if (!decisionDigest.matches("[0-9a-f]{64}"))
            throw new IllegalStateException("not the digest of a decision: '" + decisionDigest + "'");
        try {
            Files.writeString(
                    log,
                    clock.instant() + " " + decisionDigest + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND,
                    StandardOpenOption.SYNC);
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(log, e);
        }
    }
}
