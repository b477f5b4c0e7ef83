package dev.savile.evaluate.report;

import dev.savile.common.Html;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The items of an evaluation as a table of a page: all systems' answers side by side, those that the first got wrong
/// at the top, marks where another system is better or worse, and behind each question its prompt as it was sent.
///
/// A page holds 1,000 items: of more, those on which systems differ go first, then wrong ones, then the others.
final class ItemTable {
    static final int MAX_ITEMS = 1_000;

    private final EvaluationReport report;
    private final List<ItemResult> own;
    private final StringBuilder out = new StringBuilder();
    private final Cells cells = new Cells(out);

    private ItemTable(EvaluationReport report) {
        this.report = report;
        this.own = report.first().items();
    }

    static String of(EvaluationReport report) {
        var table = new ItemTable(report);
        List<Integer> shown = table.shown();
        table.head(shown.size());
        for (int item : shown) table.row(item);
        table.cells.foot();
        table.out.append("</section>");
        return table.out.toString();
    }

    private boolean compared() {
        return !report.comparisons().isEmpty();
    }

    private List<Integer> shown() {
        Comparator<Integer> worst = Comparator.comparingDouble(i -> own.get(i).credit());
        return IntStream.range(0, own.size())
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(this::rank).thenComparing(worst))
                .limit(MAX_ITEMS)
                .sorted(worst.thenComparingInt(this::rank).thenComparingInt(i -> i))
                .toList();
    }

    private int rank(int item) {
        if (differs(item)) return 0;
        return own.get(item).right() ? 2 : 1;
    }

    private boolean differs(int item) {
        double credit = own.get(item).credit();
        return compared()
                && report.results().stream()
                        .anyMatch(other -> other.items().get(item).credit() != credit);
    }

    /// Say than which systems the first is better or worse on an item; empty where all are alike.
    private String flip(int item) {
        List<String> words = new ArrayList<>();
        if (compared())
            for (TaskResult other : report.results()) {
                double gap = own.get(item).credit() - other.items().get(item).credit();
                if (gap != 0) words.add((gap > 0 ? "better than " : "worse than ") + other.system());
            }
        return String.join(", ", words);
    }

    private void head(int shown) {
        out.append("<section><h2>Item by item</h2>");
        if (shown < own.size())
            out.append(String.format(
                    Locale.ROOT,
                    "<p class=\"hint\">%,d of %,d items are shown, %swrong answers first; a report as .csv or .json has all.</p>",
                    shown,
                    own.size(),
                    compared() ? "those on which the systems differ and " : ""));
        out.append("<p><label>Filter <input id=\"filter\" type=\"search\" placeholder=\"text or answer\"></label> ")
                .append("<label><input id=\"wrong\" type=\"checkbox\"> only where the first system is wrong</label>");
        if (compared())
            out.append(" <label><input id=\"flips\" type=\"checkbox\"> only where the systems differ</label>");
        out.append("</p>");
        List<String> columns = new ArrayList<>(List.of("Item", "Asked", "Wanted"));
        for (TaskResult result : report.results()) columns.add(result.system());
        if (compared()) columns.add("The first is");
        cells.head("items", columns);
    }

    private void row(int item) {
        ItemResult result = own.get(item);
        String flip = flip(item);
        String classes = ((result.right() ? "" : "bad ") + (flip.isEmpty() ? "" : "flip")).strip();
        out.append(classes.isEmpty() ? "<tr>" : "<tr class=\"" + classes + "\">");
        cells.number(Integer.toString(result.id()), result.id());
        asked(item);
        cells.text(result.references().getFirst());
        for (TaskResult system : report.results()) answer(system.items().get(item));
        if (compared()) cells.text(flip);
        out.append("</tr>");
    }

    /// The question, and behind it what each system was sent and what it wrote.
    private void asked(int item) {
        out.append("<td class=\"text\" dir=\"auto\"><details><summary>")
                .append(Html.escaped(own.get(item).input()))
                .append("</summary>");
        for (TaskResult result : report.results()) {
            ItemResult one = result.items().get(item);
            out.append("<h3>")
                    .append(Html.escaped(result.system()))
                    .append("</h3><p class=\"hint\">")
                    .append(one.promptTokens())
                    .append(" tokens; examples: ")
                    .append(one.demosKept())
                    .append(" of ")
                    .append(one.demosRequested())
                    .append("</p><pre>")
                    .append(Html.escaped(one.prompt()))
                    .append("</pre>");
            if (!one.output().equals(one.answer()))
                out.append("<p class=\"hint\">written</p><pre>")
                        .append(Html.escaped(one.output()))
                        .append("</pre>");
        }
        out.append("</details></td>");
    }

    private void answer(ItemResult item) {
        String sign =
                item.right() ? "✓ " : item.credit() > 0 ? String.format(Locale.ROOT, "%.2f ", item.credit()) : "✗ ";
        out.append("<td class=\"text ")
                .append(item.right() ? "yes" : "no")
                .append("\" dir=\"auto\" data-sort=\"")
                .append(item.credit())
                .append("\">")
                .append(Html.escaped(sign + item.said()))
                .append("</td>");
    }
}
