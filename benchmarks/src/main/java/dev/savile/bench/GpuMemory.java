package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import dev.savile.engine.Precision;
import dev.savile.model.BaseModel;
import dev.savile.train.MemorySaving;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Tune all weights of a model of a billion values on a GPU, and look how much of its memory is in use: the weights in
/// bf16, masters and AdamW's averages in fp32, or the averages in bf16.
///
/// The model is the folder that `SAVILE_BENCH_MODEL` names; `benchmarks/python/random_model.py FOLDER billion` writes
/// one. What is in use is what the driver says, CUDA's own part and what libtorch keeps for reuse included.
final class GpuMemory implements Bench {
    private static final Shape SHAPE = new Shape("2 rows of 256", 2, 0, 256, 256);
    private static final int STEPS = 4;

    @Override
    public String name() {
        return "gpu-memory";
    }

    @Override
    public String about() {
        return "a CUDA device: all weights of a billion-value model tuned within 16 GB, and 12 GB with averages in bf16";
    }

    @Override
    public List<Row> run() {
        if (!EngineThread.call(Gpu.DEVICE::available)) throw Gpu.missing();
        Path folder = Env.ofProcess()
                .variable("SAVILE_BENCH_MODEL")
                .map(Path::of)
                .orElseThrow(() -> UserError.notFound(
                        "bench.model",
                        "SAVILE_BENCH_MODEL names no model",
                        "one of a billion values is tuned",
                        "write one with benchmarks/python/random_model.py FOLDER billion"));
        // What was in use stays in use in one process: the smaller first.
        return List.of(
                row(folder, "averages in bf16", new MemorySaving(true, true, true), 12),
                row(folder, "averages in fp32", new MemorySaving(true, true, false), 16));
    }

    private static Row row(Path folder, String what, MemorySaving saving, double gigabytes) {
        List<StepEvent> events = new ArrayList<>();
        long[] most = new long[1];
        return EngineThread.call(() -> {
            long values;
            try (var model = BaseModel.decoder(folder, Precision.bf16(Gpu.DEVICE), Gpu.DEVICE)) {
                values = model.parameters();
                try (var tuning = TechniqueCase.FULL.start(model)) {
                    Gpu.train(model, tuning, SHAPE, STEPS, 1e-5, saving, new TrainingListener() {
                        @Override
                        public void step(StepEvent event) {
                            events.add(event);
                            most[0] = Math.max(most[0], Memory.residentBytes(Gpu.DEVICE));
                        }
                    });
                }
            }
            Memory.availableBytes(Gpu.DEVICE); // gives back what libtorch keeps
            double used = most[0] / 1e9;
            return new Row(
                    String.format(Locale.ROOT, "full tuning of %.2f billion values, %s", values / 1e9, what),
                    String.format(
                            Locale.ROOT,
                            "%.1f GB in use, losses %.3f to %.3f",
                            used,
                            events.getFirst().loss(),
                            events.getLast().loss()),
                    "at most " + gigabytes + " GB",
                    used <= gigabytes
                            && events.getLast().loss() < events.getFirst().loss());
        });
    }
}
