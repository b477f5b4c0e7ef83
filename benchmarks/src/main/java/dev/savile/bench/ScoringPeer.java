package dev.savile.bench;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Label scoring by a plain loop of transformers: one padded batch a row.
final class ScoringPeer {
    private static final Pattern SPEED = Pattern.compile("scoring: ([0-9.]+) rows/s");

    private ScoringPeer() {}

    static String python() {
        return Processes.peersPython()
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer transformers is missing: SAVILE_PEERS_PYTHON names no Python",
                        "speed is only compared side by side",
                        "set it to a Python with torch and transformers"));
    }

    /// @param prompts file of rendered prompts with their labels, a line each
    /// @param labels  file with the list of labels
    static double rowsPerSecond(String python, Path model, Path prompts, Path labels, int rows) {
        String line = Processes.lastLine(Processes.output(List.of(
                python,
                Processes.shared().resolve("peers/score_hf.py").toString(),
                model.toString(),
                prompts.toString(),
                labels.toString(),
                "" + rows)));
        Matcher matcher = SPEED.matcher(line);
        if (!matcher.find()) throw new IllegalStateException("cannot read the peer's line: " + line);
        return Double.parseDouble(matcher.group(1));
    }
}
