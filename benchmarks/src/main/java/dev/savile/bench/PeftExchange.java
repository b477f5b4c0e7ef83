package dev.savile.bench;

import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Adapters trained here load in PEFT and give the same logits there.
final class PeftExchange implements Bench {
    private static final double BAR = 1e-3;

    /// Techniques with their settings.
    private static final List<List<String>> CASES = List.of(
            List.of("lora"),
            List.of("lora", "rslora=true", "rank-pattern=q_proj:4", "alpha-pattern=v_proj:32"),
            List.of("lora", "targets=/.*layers\\.[0-9]\\.self_attn\\.[qv]_proj/", "bias=lora_only"),
            List.of("lora", "layers=0,7,29", "bias=all"),
            List.of("lora", "targets=q_proj,embed_tokens"),
            List.of("lora", "targets=q_proj,lm_head"),
            List.of("lora", "save=norm"),
            List.of("lora", "save=embed_tokens"),
            List.of("lora", "start=pissa"),
            List.of("lora", "start=olora"),
            List.of("lora", "start=pissa", "targets=q_proj,embed_tokens"),
            List.of("dora"),
            List.of("ia3"),
            List.of("ia3", "targets=k_proj,v_proj"),
            List.of("prompt_tuning"),
            List.of("p_tuning", "encoder-hidden=64"),
            List.of("p_tuning", "encoder=lstm", "encoder-hidden=32"),
            List.of("p_tuning", "encoder=nemo_mlp", "encoder-hidden=32"),
            List.of("prefix_tuning"),
            List.of("prefix_tuning", "projection=64"));

    private final List<List<String>> cases;

    PeftExchange() {
        this(CASES);
    }

    private PeftExchange(List<List<String>> cases) {
        this.cases = cases;
    }

    @Override
    public String name() {
        return "peft";
    }

    @Override
    public String about() {
        return "adapters of every technique that PEFT has, trained here: PEFT loads them and gives the same logits (10 minutes; peft ia3 for some of them)";
    }

    /// Those that have one of some words: a technique, or a setting.
    @Override
    public Bench part(List<String> names) {
        requireKnown(names, CASES.stream().flatMap(List::stream).distinct().toList());
        return new PeftExchange(CASES.stream()
                .filter(one -> one.stream().anyMatch(names::contains))
                .toList());
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
            Path csv = SnipsData.write(Processes.shared().resolve("data/snips"), 8, 1, folder.resolve("snips.csv"));
            var exchange = new AdapterExchange(python, "peft_logits.py", PeerModel.folder(), csv, BAR);
            List<Row> rows = new ArrayList<>();
            for (List<String> one : cases) {
                Path adapter = folder.resolve("adapter-" + rows.size());
                try {
                    exchange.tune(one.getFirst(), one.subList(1, one.size()), adapter);
                    rows.add(exchange.compare(String.join(" ", one), adapter));
                } catch (UserError e) { // what PEFT does not load says nothing of the others
                    System.out.println(e.what() + "\n" + e.fix());
                    rows.add(new Row(String.join(" ", one), "does not load", "the same logits", false));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
