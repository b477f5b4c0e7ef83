package dev.savile.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// Hold the options of verbs that read rows of other kinds than labelled texts.
final class ExampleOptions {
    /// What the rows of a file are.
    enum Kind {
        AUTO,
        LABELLED,
        COMPLETION,
        CHAT,
        TEXT;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /// What is learned of a row.
    enum Learn {
        ANSWER,
        ALL;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "auto",
            description =
                    "What the rows are: ${COMPLETION-CANDIDATES}. completion: prompt and completion; chat: messages; text: plain text. Default: ${DEFAULT-VALUE}, told by the fields' names.")
    Kind kind = Kind.AUTO;

    @Option(
            names = "--map",
            paramLabel = "FIELD=COLUMN",
            split = ",",
            description = "Columns of other names: prompt=question,completion=answer.")
    Map<String, String> names = new LinkedHashMap<>();

    @Option(names = "--allow-extra", description = "Ignore fields that have no meaning instead of refusing them.")
    boolean allowExtra;

    @Option(names = "--raw", description = "Train on bare texts, without the chat template.")
    boolean raw;

    @Option(
            names = "--learn",
            paramLabel = "PART",
            defaultValue = "answer",
            description = "What is learned of a row: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Learn learn = Learn.ANSWER;
}
