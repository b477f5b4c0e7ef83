package dev.savile.bench;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Label scoring by a plain loop of transformers, one padded batch a row, beside the same rows scored here.
final class ScoringPeer {
    private static final int ROUNDS = 3;
    private static final Pattern SPEED = Pattern.compile("scoring: ([0-9.]+) rows/s");

    private ScoringPeer() {}

    /// Rows of rendered prompts with their labels, one JSON object a line, in the form that the peer reads.
    static String line(String prompt, String label) {
        return Json.line(Map.of("prompt", prompt, "label", label)) + "\n";
    }

    /// Measure the two in turn.
    ///
    /// @param what    names the figure
    /// @param own     command that scores rows and reports their number and seconds as JSON
    /// @param prompts some of the same rows, a [#line] each
    /// @param rows    how many of them the peer scores, which takes it long
    /// @param bar     least ratio of rows a second
    static Bench.Row beside(String what, List<String> own, String prompts, List<String> labels, int rows, double bar) {
        String python = Processes.peersPython()
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer transformers is missing: SAVILE_PEERS_PYTHON names no Python",
                        "speed is only compared side by side",
                        "set it to a Python with torch and transformers"));
        try {
            Path folder = Files.createTempDirectory("bench-scoring");
            Path promptsFile = Files.writeString(folder.resolve("rows.jsonl"), prompts);
            Path labelsFile = Files.writeString(folder.resolve("labels.json"), Json.line(labels));
            List<String> peer = List.of(
                    python,
                    Processes.shared().resolve("peers/score_hf.py").toString(),
                    PeerModel.folder().toString(),
                    promptsFile.toString(),
                    labelsFile.toString(),
                    "" + rows);
            List<Double> owns = new ArrayList<>();
            List<Double> peers = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                JsonNode result = Json.lenient().readTree(Processes.lastLine(Processes.output(own)));
                owns.add(result.get("rows").intValue() / result.get("seconds").doubleValue());
                peers.add(speed(Processes.lastLine(Processes.output(peer))));
            }
            double ratio = Processes.median(owns) / Processes.median(peers);
            String figure = String.format(
                    Locale.ROOT,
                    "%.1f against %.2f rows/s = %.1fx",
                    Processes.median(owns),
                    Processes.median(peers),
                    ratio);
            return new Bench.Row(what, figure, "at least " + bar + "x", ratio >= bar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double speed(String line) {
        Matcher matcher = SPEED.matcher(line);
        if (!matcher.find()) throw new IllegalStateException("cannot read the peer's line: " + line);
        return Double.parseDouble(matcher.group(1));
    }
}
