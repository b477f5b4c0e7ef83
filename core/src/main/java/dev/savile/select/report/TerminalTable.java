package dev.savile.select.report;

import dev.savile.common.Units;
import dev.savile.evaluate.metrics.Score;
import dev.savile.select.report.StudyReport.ArmReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Draw a race's table for a terminal, the recommendation last.
public final class TerminalTable {
    private TerminalTable() {}

    /// Return the lines of the table.
    public static List<String> render(StudyReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%-19s %-25s %-25s %7s %8s %8s  %s",
                "arm",
                "SELECT accuracy (95 %)",
                "TEST accuracy (95 %)",
                "tokens",
                "s/1,000",
                "train s",
                "verdict"));
        for (ArmReport arm : sorted(report.arms())) {
            boolean chosen = arm.id().equals(report.chosen());
            lines.add(String.format(
                    Locale.ROOT,
                    "%-19s %-25s %-25s %7s %8s %8s  %s",
                    (chosen ? "> " : "  ") + arm.id(),
                    shown(arm.accuracy(false)),
                    shown(arm.accuracy(true)),
                    arm.promptTokens() > 0 ? String.format(Locale.ROOT, "%.0f", arm.promptTokens()) : "-",
                    arm.secondsPerThousand() > 0 ? String.format(Locale.ROOT, "%.0f", arm.secondsPerThousand()) : "-",
                    arm.trainSeconds() > 0 ? String.format(Locale.ROOT, "%.0f", arm.trainSeconds()) : "-",
                    chosen ? "CHOSEN" : arm.status().equals("final") ? arm.verdict() : arm.status()));
        }
        lines.add("");
        for (ArmReport arm : report.arms())
            if (!arm.reason().isEmpty()) lines.add("  " + arm.id() + ": " + arm.reason());
        for (String note : report.notes()) lines.add("  note: " + note);
        lines.add("SELECT chose between the arms and flatters the best; TEST was opened once, after the choice.");
        lines.add("");
        lines.add(report.sentence());
        lines.add("  " + String.join(", ", report.statuses()) + "; " + Units.seconds(report.spentSeconds()) + " of "
                + Units.seconds(report.budgetSeconds()));
        return lines;
    }

    static List<ArmReport> sorted(List<ArmReport> arms) {
        return arms.stream()
                .sorted(Comparator.comparingDouble((ArmReport arm) -> {
                    Score score = arm.accuracy(false);
                    return score == null ? 1 : -score.value();
                }))
                .toList();
    }

    static String shown(@org.jspecify.annotations.Nullable Score score) {
        return score == null ? "-" : score.percent();
    }
}
