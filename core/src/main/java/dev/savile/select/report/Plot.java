package dev.savile.select.report;

import dev.savile.common.Html;
import dev.savile.evaluate.metrics.Score;
import dev.savile.select.report.StudyReport.ArmReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Draw accuracy against cost as SVG: error bars, the front of arms that nothing beats in both, the rest dimmed.
final class Plot {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 380;
    private static final int LEFT = 60;
    private static final int RIGHT = 200;
    private static final int TOP = 20;
    private static final int BOTTOM = 50;

    private Plot() {}

    private record Point(ArmReport arm, double cost, Score score, boolean front) {}

    static String accuracyAgainstCost(StudyReport report) {
        List<Point> points = new ArrayList<>();
        for (ArmReport arm : report.arms()) {
            Score score = arm.accuracy(false);
            if (score != null && arm.promptTokens() > 0) points.add(new Point(arm, arm.promptTokens(), score, false));
        }
        if (points.isEmpty()) return "<p>No arm was scored to the end.</p>";
        List<Point> marked = points.stream()
                .map(p -> new Point(p.arm, p.cost, p.score, points.stream().noneMatch(o -> beats(o, p))))
                .sorted(Comparator.comparingDouble(Point::cost))
                .toList();
        double low = Math.log(marked.getFirst().cost * 0.85);
        double high = Math.log(Math.max(marked.getLast().cost * 1.15, marked.getFirst().cost * 1.6));
        double floor = Math.max(
                0,
                marked.stream().mapToDouble(p -> p.score.interval().low()).min().orElse(0) - 0.03);
        double ceiling = Math.min(
                1,
                marked.stream()
                                .mapToDouble(p -> p.score.interval().high())
                                .max()
                                .orElse(1)
                        + 0.03);
        var svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"plot-title plot-desc\"><title id=\"plot-title\">Accuracy against cost</title>"
                        + "<desc id=\"plot-desc\">Accuracy on SELECT with 95 %% intervals against tokens per request, for each arm. The table below holds the same figures.</desc>",
                WIDTH,
                HEIGHT));
        axes(svg, floor, ceiling, low, high);
        front(svg, marked, low, high, floor, ceiling);
        double lastLabel = Double.NEGATIVE_INFINITY;
        for (Point p : marked.stream()
                .sorted(Comparator.comparingDouble(p -> -p.score.value()))
                .toList()) {
            double x = x(p.cost, low, high);
            double y = y(p.score.value(), floor, ceiling);
            double labelY = Math.max(y, lastLabel + 15);
            lastLabel = labelY;
            boolean chosen = p.arm.id().equals(report.chosen());
            String css = chosen ? "chosen" : p.front ? "front" : "dim";
            svg.append(String.format(
                    Locale.ROOT,
                    "<g class=\"%s\"><line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>"
                            + "<line class=\"leader\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\">%s %.1f %%%s</text></g>",
                    css,
                    x,
                    x,
                    y(p.score.interval().low(), floor, ceiling),
                    y(p.score.interval().high(), floor, ceiling),
                    x,
                    y,
                    chosen ? 7 : 5,
                    x + 8,
                    y,
                    WIDTH - RIGHT + 6,
                    labelY,
                    WIDTH - RIGHT + 10,
                    labelY + 4,
                    Html.escaped(p.arm.id()),
                    100 * p.score.value(),
                    chosen ? " ✓" : ""));
        }
        return svg.append("</svg>").toString();
    }

    private static boolean beats(Point a, Point b) {
        return a.cost <= b.cost
                && a.score.value() >= b.score.value()
                && (a.cost < b.cost || a.score.value() > b.score.value());
    }

    private static void axes(StringBuilder svg, double floor, double ceiling, double low, double high) {
        for (int percent = 0; percent <= 100; percent += 10) {
            double share = percent / 100.0;
            if (share < floor || share > ceiling) continue;
            double y = y(share, floor, ceiling);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"axis\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>",
                    LEFT,
                    WIDTH - RIGHT,
                    y,
                    y,
                    LEFT - 8,
                    y + 4,
                    percent));
        }
        for (double tokens : new double[] {10, 20, 50, 100, 200, 500, 1000, 2000, 5000}) {
            if (Math.log(tokens) < low || Math.log(tokens) > high) continue;
            double x = x(tokens, low, high);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"axis\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>",
                    x,
                    x,
                    TOP,
                    HEIGHT - BOTTOM,
                    x,
                    HEIGHT - BOTTOM + 18,
                    tokens));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">tokens per request (fewer is cheaper)</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 8));
    }

    private static void front(
            StringBuilder svg, List<Point> points, double low, double high, double floor, double ceiling) {
        var line = new StringBuilder();
        for (Point p : points)
            if (p.front)
                line.append(String.format(
                        Locale.ROOT, "%.1f,%.1f ", x(p.cost, low, high), y(p.score.value(), floor, ceiling)));
        svg.append("<polyline class=\"frontline\" points=\"")
                .append(line.toString().strip())
                .append("\"/>");
    }

    private static double x(double cost, double low, double high) {
        return LEFT + (Math.log(cost) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double share, double floor, double ceiling) {
        return TOP + (ceiling - share) / (ceiling - floor) * (HEIGHT - TOP - BOTTOM);
    }
}
