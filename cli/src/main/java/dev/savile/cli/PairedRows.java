package dev.savile.cli;

import dev.savile.customization.Registry;
import dev.savile.evaluate.report.Flip;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.SampleSize;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// What `savile eval` says of systems that answer the same rows: before a run which gap so many rows can show, after it
/// on which rows two of them differ.
final class PairedRows {
    /// Share of rows on which two systems are expected to differ, for what is said before a run.
    private static final double USUAL_DISAGREEMENT = 0.1;

    /// Rows of each side that are printed; programs and reports get all.
    private static final int SHOWN = 3;

    /// How the model alone is called.
    static final String BASE = "base";

    private final Console console;

    PairedRows(Console console) {
        this.console = console;
    }

    /// The system that the options put first: the customization that they name, or the base.
    static String first(GlobalOptions options) {
        return options.customizations().isEmpty()
                ? BASE
                : options.customizations().getFirst();
    }

    /// The folder of a system that is compared; none for the base.
    Optional<Path> folder(String system) {
        return system.equals(BASE)
                ? Optional.empty()
                : Optional.of(new Registry(console.env().home()).find(system));
    }

    /// The smallest gap, as a share, that is found four times in five; empty when hardly any is.
    static OptionalDouble detectable(int rows) {
        return rows < 1 ? OptionalDouble.empty() : SampleSize.minimumDetectableGap(rows, USUAL_DISAGREEMENT);
    }

    /// Say it before time is spent on the rows.
    void beforehand(int rows) {
        beforehand(rows, rows);
    }

    /// Say it where rows belong together, which then count as one.
    void beforehand(int rows, int groups) {
        String what = groups < rows ? rows + " rows in " + groups + " groups" : rows + " rows";
        detectable(groups)
                .ifPresentOrElse(
                        gap -> console.print(String.format(
                                Locale.ROOT,
                                "with %s a gap of %.1f points or more between two systems is found four times in five (if they differ on 10 %% of the rows)",
                                what,
                                100 * gap)),
                        () -> console.print("with " + what + " hardly any gap between two systems can be found"));
    }

    /// Number of groups of items; one that belongs to none is a group of its own.
    static int groups(List<String> names) {
        return Clusters.ofGroups(names).count();
    }

    /// Say on which rows two systems differ.
    ///
    /// @param all where all of them are
    void flips(String first, String second, List<Flip> flips, String all) {
        console.print("better on " + Flip.count(flips, true) + " rows, worse on " + Flip.count(flips, false));
        int shown = 0;
        for (boolean better : new boolean[] {true, false})
            for (Flip flip : flips.stream()
                    .filter(one -> one.firstBetter() == better)
                    .limit(SHOWN)
                    .toList()) {
                console.print((better ? "  better: " : "  worse:  ") + line(flip.asked()));
                console.print("    wanted " + line(flip.wanted()) + "; " + first + ": " + line(flip.first()) + "; "
                        + second + ": " + line(flip.second()));
                shown++;
            }
        if (shown < flips.size()) console.print("  and " + (flips.size() - shown) + " more; " + all + " has all");
    }

    /// Warn where two systems answered everything alike, which a customization in use hardly does.
    ///
    /// @param scored whether probabilities were compared too
    void inert(String first, String second, boolean scored) {
        console.progress()
                .warn(first + " and " + second + " gave every answer alike"
                        + (scored ? ", to the last digit of its probability" : "")
                        + ": a customization may not be in use (inert)");
    }

    /// An interval of a share, in per cent.
    static String percent(Interval share) {
        return String.format(Locale.ROOT, "%.1f..%.1f", 100 * share.low(), 100 * share.high());
    }

    /// A text on one line of the terminal.
    static String line(String text) {
        String one = text.strip().replaceAll("\\s+", " ");
        return one.length() <= 160 ? one : one.substring(0, 157) + "...";
    }
}
