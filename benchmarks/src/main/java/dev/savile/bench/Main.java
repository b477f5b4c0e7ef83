package dev.savile.bench;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.List;

/// Run a benchmark by name: print every figure with its bar and pass or fail, and end non-zero when one fails.
public final class Main {
    private static final List<Bench> BENCHES = List.of(
            TrainingSpeed.lora(),
            TrainingSpeed.techniques(List.of()),
            new LabelScoring(),
            new FewShotScoring(),
            new PromptTable(),
            new PromptSearch(),
            new StructuredOutput(),
            new MemoryFlat(),
            new MemorySavings(),
            new KillAndResume(),
            new Snips(),
            new Banking(),
            new TechniqueTable(),
            new PeftExchange(),
            new AdapterHubExchange(),
            new Gpu(),
            new GpuMemory());

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    private static int run(List<String> arguments) {
        if (!arguments.isEmpty() && arguments.getFirst().equals(TrainingChild.NAME)) {
            TrainingChild.run(arguments.subList(1, arguments.size()));
            return 0;
        }
        if (arguments.size() == 4 && arguments.getFirst().equals("snips-data")) {
            Path target = Path.of(arguments.get(1));
            int perIntent = Integer.parseInt(arguments.get(2));
            SnipsData.write(
                    Processes.shared().resolve("data/snips"), perIntent, Long.parseLong(arguments.get(3)), target);
            System.out.println(target + ": " + perIntent + " rows of each of " + SnipsData.INTENTS.size() + " intents");
            return 0;
        }
        for (Bench bench : BENCHES)
            if (!arguments.isEmpty() && arguments.getFirst().equals(bench.name()))
                return measure(bench, arguments.subList(1, arguments.size()));
        System.out.println("usage: ./bench NAME");
        for (Bench bench : BENCHES) System.out.printf("  %-16s %s%n", bench.name(), bench.about());
        System.out.println(
                "usage: ./bench snips-data FILE.csv ROWS SEED   (turns SNIPS into labelled rows, so many an intent)");
        System.out.println("Peers run by the Python that SAVILE_PEERS_PYTHON names (torch, transformers, peft),");
        System.out.println("AdapterHub's library by the one of SAVILE_ADAPTERS_PYTHON (torch, adapters).");
        return arguments.isEmpty() || arguments.contains("--help") ? 0 : 2;
    }

    /// @param parts names of the parts that are wanted; none for the whole
    private static int measure(Bench whole, List<String> parts) {
        try {
            Bench bench = parts.isEmpty() ? whole : whole.part(parts);
            boolean passed = true;
            for (Bench.Row row : bench.run()) {
                System.out.printf(
                        "%-4s  %-44s %-34s bar: %s%n",
                        row.passed() ? "pass" : "FAIL", row.what(), row.figure(), row.bar());
                passed &= row.passed();
            }
            return passed ? 0 : 1;
        } catch (UserError e) {
            System.out.println("FAIL  " + e.what() + "\n  " + e.fix());
            return 1;
        }
    }
}
