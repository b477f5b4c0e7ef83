package dev.savile.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Adapters for one base that pass between here and a peer, each compared by the logits of some tokens.
///
/// @param script of `benchmarks/python` that loads an adapter: `SCRIPT MODEL ADAPTER LOGITS.safetensors ID,ID,...`
///               prints the largest difference
/// @param csv    labelled rows to train on
/// @param bar    largest difference that passes
record AdapterExchange(String python, String script, Path model, Path csv, double bar) {
    private static final String IDS = "1,4093,198,504,6330,314,1194,30,2,198,1,520,9531,198";

    /// Train an adapter here for one epoch.
    void tune(String technique, List<String> settings, Path out) {
        List<String> tune = new ArrayList<>(List.of(
                "tune",
                technique,
                "--data",
                csv.toString(),
                "--model",
                model.toString(),
                "--precision",
                "fp32",
                "--out",
                out.toString(),
                "--set",
                "epochs=1",
                "--quiet"));
        for (String setting : settings) tune.addAll(List.of("--set", setting));
        Processes.output(Processes.savile(tune.toArray(String[]::new)));
    }

    /// Let the peer's script do something else.
    void run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(python, path()));
        command.addAll(List.of(arguments));
        Processes.output(command);
    }

    /// Compare the logits that an adapter gives here with those of the peer.
    Bench.Row compare(String what, Path adapter) {
        Path logits = adapter.resolveSibling(adapter.getFileName() + ".safetensors");
        Processes.output(Processes.savile(
                "logits",
                "--model",
                model.toString(),
                "--precision",
                "fp32",
                "--with",
                adapter.toString(),
                "--ids",
                IDS,
                "--out",
                logits.toString(),
                "--quiet"));
        double difference = Double.parseDouble(Processes.lastLine(Processes.output(
                List.of(python, path(), model.toString(), adapter.toString(), logits.toString(), IDS))));
        return new Bench.Row(
                what,
                String.format(Locale.ROOT, "largest difference of a logit %.1e", difference),
                String.format(Locale.ROOT, "at most %.0e", bar),
                difference <= bar);
    }

    private String path() {
        return Processes.root()
                .resolve("benchmarks")
                .resolve("python")
                .resolve(script)
                .toString();
    }
}
