package dev.savile.bench;

import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Bottleneck adapters trained here load in AdapterHub's library, those made there load here, and both give the same
/// logits.
final class AdapterHubExchange implements Bench {
    private static final double BAR = 1e-4;

    @Override
    public String name() {
        return "adapterhub";
    }

    @Override
    public String about() {
        return "bottleneck adapters trained here and made by AdapterHub's library: both load both and agree on logits";
    }

    @Override
    public List<Row> run() {
        String python = Processes.python("SAVILE_ADAPTERS_PYTHON")
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer AdapterHub is missing: SAVILE_ADAPTERS_PYTHON names no Python",
                        "nothing can be loaded by it",
                        "set it to a Python with torch and adapters (which asks for an older transformers)"));
        try {
            Path folder = Files.createTempDirectory("bench-adapterhub");
            Path csv = SnipsData.write(Processes.shared().resolve("data/snips"), 8, 1, folder.resolve("snips.csv"));
            var exchange = new AdapterExchange(python, "adapterhub.py", PeerModel.folder(), csv, BAR);
            List<Row> rows = new ArrayList<>();
            for (List<String> settings : List.of(
                    List.of("wiring=houlsby"),
                    List.of("wiring=pfeiffer", "norm=true", "leave-out=0,3"),
                    List.of("wiring=pfeiffer", "size=33", "activation=gelu", "scaling=channel"),
                    List.of("wiring=parallel"),
                    List.of("wiring=parallel", "scaling=learned", "activation=gelu_tanh"))) {
                Path adapter = folder.resolve("ours-" + rows.size());
                exchange.tune("bottleneck", settings, adapter);
                rows.add(exchange.compare("trained here: " + String.join(" ", settings), adapter));
            }
            for (String config : List.of(
                    "double_seq_bn",
                    "seq_bn",
                    "par_bn",
                    "seq_bn[ln_before=True,reduction_factor=8,leave_out=[1,2]]",
                    "double_seq_bn[non_linearity=tanh,scaling=learned]",
                    "par_bn[scaling=channel]")) {
                Path adapter = folder.resolve("theirs-" + rows.size());
                exchange.run("make", exchange.model().toString(), config, adapter.toString());
                rows.add(exchange.compare("made there: " + config, adapter));
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
