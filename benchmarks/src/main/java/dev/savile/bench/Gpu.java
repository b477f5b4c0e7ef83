package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.TorchError;
import dev.savile.model.CausalLm;
import dev.savile.technique.TrainedTuning;
import dev.savile.train.Checkpoints;
import dev.savile.train.MemorySaving;
import dev.savile.train.Schedule;
import dev.savile.train.Trainer;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A GPU beside the CPU of the same computer, and beside Hugging Face's libraries on the same GPU: first whether it
/// computes the same, then how fast it is.
///
/// The model is the folder that `SAVILE_BENCH_MODEL` names, one of config.json and safetensors, else the default model.
/// The device is `cuda`, or the one that `SAVILE_BENCH_DEVICE` names.
final class Gpu implements Bench {
    static final Device DEVICE =
            Device.parse(Env.ofProcess().variable("SAVILE_BENCH_DEVICE").orElse("cuda"));
    /// One pass takes all rows of a step.
    static final int PASS_TOKENS = 8192;

    static final Shape SHARED = new Shape("16 rows of 60 sharing 40", 16, 40, 20, 5);
    static final Shape LONG = new Shape("8 rows of 512", 8, 0, 512, 512);

    @Override
    public String name() {
        return "gpu";
    }

    @Override
    public String about() {
        return "a CUDA device: logits, training losses and greedy answers equal the CPU's; training and decoding beside PEFT and transformers on it";
    }

    @Override
    public List<Row> run() {
        if (!EngineThread.call(DEVICE::available)) throw missing();
        Path model =
                Env.ofProcess().variable("SAVILE_BENCH_MODEL").map(Path::of).orElseGet(PeerModel::folder);
        List<Row> rows = new ArrayList<>(EngineThread.call(() -> GpuParity.rows(model)));
        rows.addAll(GpuSpeed.rows(model));
        return rows;
    }

    static UserError missing() {
        return UserError.notFound(
                "bench.gpu",
                "the GPU is missing: libtorch finds no device " + DEVICE,
                "there is nothing to measure",
                "start with SAVILE_CUDA=1 on a computer with a CUDA 13 driver");
    }

    /// A row that is being measured.
    record Open(String what, String bar) {
        Row measured(String figure, boolean passed) {
            return new Row(what, figure, bar, passed);
        }
    }

    /// Measure a row, and say it at once. One that breaks fails alone.
    static Row row(String what, String bar, Function<Open, Row> measure) {
        var open = new Open(what, bar);
        Row row;
        try {
            row = EngineThread.call(() -> measure.apply(open));
        } catch (TorchError e) {
            row = open.measured(String.valueOf(e.getMessage()), false);
        }
        System.out.println("    " + what + ": " + row.figure());
        return row;
    }

    /// Train so many steps, all rows in each. Call it on the engine's thread.
    static void train(
            CausalLm model,
            TrainedTuning tuning,
            Shape shape,
            int steps,
            double rate,
            MemorySaving saving,
            TrainingListener listener) {
        double clip = saving.updateInBackward() ? 0 : 1;
        var options = new TrainingOptions(
                rate,
                new Schedule(Schedule.Shape.CONSTANT, 0),
                steps,
                shape.rows(),
                PASS_TOKENS,
                0,
                false,
                clip,
                0.9,
                0.999,
                1e-8,
                0,
                0,
                1,
                0,
                1e9,
                saving);
        new Trainer(model, tuning, options, Checkpoints.none(), listener, Progress.none(), new StopSignal())
                .run(shape.draw());
    }
}
