package dev.savile.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Hold the options of every verb that reads labelled data.
final class DataOptions {
    /// What happens to a row that is longer than the model's context.
    enum OverLength {
        REFUSE,
        CUT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "Labelled rows: CSV, TSV, JSON or JSON lines; Parquet with SAVILE_MODULES=parquet in the environment.")
    @Nullable
    Path data;

    @Option(
            names = "--text",
            paramLabel = "COLUMN",
            description = "Column that holds the text: its name, or its number from 1.")
    @Nullable
    String text;

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            description = "Column that holds the label: its name, or its number from 1.")
    @Nullable
    String label;

    @Option(names = "--no-header", description = "The first line is a row, not the columns' names.")
    boolean noHeader;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description =
                    "The file's character set, such as windows-1252. Default: UTF-8 or UTF-16, found by its marks.")
    @Nullable
    String encoding;

    @Option(
            names = "--over-length",
            paramLabel = "WAY",
            defaultValue = "refuse",
            description =
                    "What to do with rows too long for the model: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    OverLength overLength = OverLength.REFUSE;

    /// Return the same options for another file.
    DataOptions withData(Path file) {
        var other = new DataOptions();
        other.data = file;
        other.text = text;
        other.label = label;
        other.noHeader = noHeader;
        other.encoding = encoding;
        other.overLength = overLength;
        return other;
    }

    Optional<Path> data() {
        return Optional.ofNullable(data);
    }

    Optional<String> text() {
        return Optional.ofNullable(text);
    }

    Optional<String> label() {
        return Optional.ofNullable(label);
    }

    boolean header() {
        return !noHeader;
    }

    Optional<String> encoding() {
        return Optional.ofNullable(encoding);
    }

    OverLength overLength() {
        return overLength;
    }
}
