package dev.savile.bench;

import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Adapters trained here load in PEFT and give the same logits there.
final class PeftExchange implements Bench {
    private static final double BAR = 1e-3;
    private static final String IDS = "1,4093,198,504,6330,314,1194,30,2,198,1,520,9531,198";

    @Override
    public String name() {
        return "peft";
    }

    @Override
    public String about() {
        return "adapters of every technique that PEFT has, trained here: PEFT loads them and gives the same logits";
    }

    @Override
    public List<Row> run() {
        String python = Processes.peersPython()
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer PEFT is missing: SAVILE_PEERS_PYTHON names no Python",
                        "nothing can be loaded by it",
                        "set it to a Python with torch, transformers and peft"));
        try {
            Path folder = Files.createTempDirectory("bench-peft");
            Path model = PeerModel.folder();
            Path csv = SnipsData.write(Processes.shared().resolve("data/snips"), 8, 1, folder.resolve("snips.csv"));
            List<Row> rows = new ArrayList<>();
            for (List<String> one : List.of(
                    List.of("lora"),
                    List.of("lora", "rslora=true", "rank-pattern=q_proj:4", "alpha-pattern=v_proj:32"),
                    List.of("lora", "start=pissa"),
                    List.of("dora"),
                    List.of("ia3"),
                    List.of("prompt_tuning"),
                    List.of("p_tuning", "encoder-hidden=64"),
                    List.of("p_tuning", "encoder=lstm", "encoder-hidden=32"),
                    List.of("prefix_tuning"),
                    List.of("prefix_tuning", "projection=64")))
                rows.add(exchange(one, folder.resolve("adapter-" + rows.size()), model, csv, python));
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Row exchange(List<String> technique, Path out, Path model, Path csv, String python) {
        List<String> tune = new ArrayList<>(List.of(
                "tune",
                technique.getFirst(),
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
        for (String setting : technique.subList(1, technique.size())) tune.addAll(List.of("--set", setting));
        Processes.output(Processes.savile(tune.toArray(String[]::new)));
        Path logits = out.resolveSibling(out.getFileName() + ".safetensors");
        Processes.output(Processes.savile(
                "logits",
                "--model",
                model.toString(),
                "--precision",
                "fp32",
                "--with",
                out.toString(),
                "--ids",
                IDS,
                "--out",
                logits.toString(),
                "--quiet"));
        double difference = Double.parseDouble(Processes.lastLine(Processes.output(List.of(
                python,
                Processes.root().resolve("benchmarks/python/peft_logits.py").toString(),
                model.toString(),
                out.toString(),
                logits.toString(),
                IDS))));
        return new Row(
                String.join(" ", technique),
                String.format(Locale.ROOT, "largest difference of a logit %.1e", difference),
                String.format(Locale.ROOT, "at most %.0e", BAR),
                difference <= BAR);
    }
}
