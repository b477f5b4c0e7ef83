package dev.savile.bench;

import dev.savile.common.DurableFiles;
import java.nio.file.Path;

/// Labelled texts as a CSV file, put together row by row.
final class LabelledCsv {
    private final StringBuilder csv;

    /// @param label name of the label's column; the text's is `text`
    LabelledCsv(String label) {
        csv = new StringBuilder("text,").append(label).append('\n');
    }

    void add(String text, String label) {
        csv.append('"')
                .append(text.replace("\"", "\"\""))
                .append("\",")
                .append(label)
                .append('\n');
    }

    Path write(Path target) {
        DurableFiles.write(target, csv.toString());
        return target;
    }
}
