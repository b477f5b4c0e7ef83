package dev.savile.cli;

import dev.savile.common.UserError;
import java.util.List;

/// Say what a system cannot answer right because its prompt has never seen the label.
final class KnownLabels {
    private static final int SHOWN = 5;
    private static final int SHOWN_KNOWN = 10;

    private KnownLabels() {}

    /// Warn of labels that are wanted and not known.
    ///
    /// @param name   of the system
    /// @param known  labels of its prompt
    /// @param wanted labels of the data; none where answers are no labels
    /// @throws UserError `eval.labels` when none of them is known
    static void check(Console console, String name, List<String> known, List<String> wanted) {
        List<String> unknown =
                wanted.stream().filter(label -> !known.contains(label)).toList();
        if (unknown.isEmpty()) return;
        console.progress()
                .warn(name + " has never seen " + unknown.size() + " of the labels ("
                        + String.join(", ", unknown.stream().limit(SHOWN).toList()) + "); their rows count as wrong");
        if (unknown.size() == wanted.size())
            throw new UserError(
                    "eval.labels",
                    "none of the labels of the data is known to " + name,
                    "every answer would be wrong",
                    "check where the labels are taken from; it knows: "
                            + String.join(
                                    ", ", known.stream().limit(SHOWN_KNOWN).toList()));
    }
}
