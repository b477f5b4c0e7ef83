package dev.savile.evaluate.report;

import dev.savile.common.Html;
import java.util.List;

/// Cells of a page's tables.
///
/// @param out where they are written
record Cells(StringBuilder out) {
    /// Write the head of a table that is sorted by a click on a column's name.
    ///
    /// @param id of the table; empty for none
    void head(String id, List<String> names) {
        out.append("<div class=\"scroll\"><table class=\"sortable\"")
                .append(id.isEmpty() ? "" : " id=\"" + id + '"')
                .append("><thead><tr>");
        for (String name : names)
            out.append("<th scope=\"col\">").append(Html.escaped(name)).append("</th>");
        out.append("</tr></thead><tbody>");
    }

    void foot() {
        out.append("</tbody></table></div>");
    }

    /// Write what a row is about.
    void name(String text) {
        out.append("<th scope=\"row\">").append(Html.escaped(text)).append("</th>");
    }

    /// Write a number as it is read, to be sorted by its value.
    void number(String text, double value) {
        out.append("<td data-sort=\"")
                .append(value)
                .append("\">")
                .append(Html.escaped(text))
                .append("</td>");
    }

    /// Write that there is no number; it stands below all numbers, however they are sorted.
    void noNumber() {
        out.append("<td>–</td>");
    }

    /// Write a text of any length and direction of writing.
    void text(String text) {
        out.append("<td class=\"text\" dir=\"auto\">")
                .append(Html.escaped(text))
                .append("</td>");
    }
}
