package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.data.Columns;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledReader;
import dev.savile.technique.prompt.PromptRenderer;
import java.nio.file.Path;
import java.util.List;

/// Read the rows that the data options name.
final class Rows {
    private Rows() {}

    /// Return the file of `--data`.
    static Path file(DataOptions options) {
        return options.data()
                .orElseThrow(() -> new UserError(
                        "data.missing",
                        "no data was given",
                        "there is nothing to work on",
                        "name a CSV, TSV, JSON or JSONL file with --data"));
    }

    static LabelledData read(DataOptions options) {
        return read(file(options), options);
    }

    static LabelledData read(Path file, DataOptions options) {
        return LabelledReader.read(
                file,
                new Columns(
                        options.text().orElse(""),
                        options.label().orElse(""),
                        options.header(),
                        options.encoding().orElse("")));
    }

    /// Return the first rows.
    ///
    /// @param limit how many; 0 for all
    static <T> List<T> first(List<T> rows, int limit) {
        return limit > 0 ? rows.subList(0, Math.min(limit, rows.size())) : rows;
    }

    static PromptRenderer.OverLength overLength(DataOptions options) {
        return switch (options.overLength()) {
            case REFUSE -> PromptRenderer.OverLength.REFUSE;
            case CUT -> PromptRenderer.OverLength.CUT;
        };
    }
}
