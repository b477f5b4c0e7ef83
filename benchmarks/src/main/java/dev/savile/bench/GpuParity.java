package dev.savile.bench;

import dev.savile.bench.Bench.Row;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Threads;
import dev.savile.generate.BatchGenerator;
import dev.savile.generate.EndTokens;
import dev.savile.generate.Generation;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import dev.savile.model.WeightStorage;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.text.EncodedRow;
import dev.savile.train.MemorySaving;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Whether a GPU computes what the CPU computes: logits, the losses of every technique's training, greedy answers. Both
/// in fp32; how far bf16 is away is reported.
final class GpuParity {
    private static final double BAR = 1e-3;
    private static final String BAR_TEXT = "at most 1e-3 from the CPU's";
    private static final int STEPS = 4;
    private static final int ANSWERS = 8;
    private static final int ANSWER_TOKENS = 48;

    private GpuParity() {}

    /// A technique, or a setting of one that takes other paths through the engine.
    private record Variant(String name, double rate, MemorySaving saving, Function<CausalLm, TrainedTuning> start) {
        Variant(String name, Function<CausalLm, TrainedTuning> start) {
            this(name, 1e-3, MemorySaving.NONE, start);
        }
    }

    private static List<Variant> variants() {
        List<Variant> all = new ArrayList<>();
        for (TechniqueCase one : TechniqueCase.values())
            all.add(new Variant(one.id, one == TechniqueCase.FULL ? 1e-4 : 1e-3, MemorySaving.NONE, one::start));
        all.add(new Variant(
                "lora, start=pissa",
                model -> LoraTuning.fresh(LoraSpec.of(8, 16).withStart(LoraStart.PISSA), model, 1)));
        all.add(new Variant(
                "p_tuning, encoder=lstm",
                model -> SoftPromptTuning.fresh(
                        new Technique.PTuning(new PTuningSpec(20, new Encoder.Lstm(64, 2, 0))), model, 1)));
        all.add(new Variant("lora, recompute", 1e-3, new MemorySaving(true, false, false), TechniqueCase.LORA::start));
        all.add(new Variant(
                "full, recompute, update-in-backward",
                1e-4,
                new MemorySaving(true, true, false),
                TechniqueCase.FULL::start));
        return all;
    }

    /// Compare. Call it on the engine's thread.
    static List<Row> rows(Path folder) {
        Threads.use(Runtime.getRuntime().availableProcessors());
        List<Row> rows = new ArrayList<>();
        try (var cpu = BaseModel.decoder(folder, Precision.FP32, Device.CPU);
                var gpu = BaseModel.decoder(folder, Precision.FP32, Gpu.DEVICE)) {
            try (var narrow = BaseModel.decoder(folder, Precision.bf16(Gpu.DEVICE), Gpu.DEVICE)) {
                rows.addAll(logits(Gpu.SHARED.name(), Gpu.SHARED.draw(), cpu, gpu, narrow));
                rows.addAll(logits(Gpu.LONG.name(), lastLearned(Gpu.LONG.draw(), 0), cpu, gpu, narrow));
                rows.addAll(logits("rows of uneven length", lastLearned(Gpu.SHARED.draw(), 1), cpu, gpu, narrow));
            }
            rows.add(answers(cpu, gpu));
            for (Variant one : variants()) rows.add(losses(one, cpu, gpu));
        }
        try (var cpu = BaseModel.decoder(folder, Precision.FP32, Device.CPU, WeightStorage.NF4);
                var gpu = BaseModel.decoder(folder, Precision.FP32, Gpu.DEVICE, WeightStorage.NF4)) {
            rows.add(losses(new Variant("lora, nf4", TechniqueCase.LORA::start), cpu, gpu));
        }
        return rows;
    }

    /// Cut rows so that only their last token is learned.
    ///
    /// @param fewer tokens that each row has fewer than the one before it
    private static List<EncodedRow> lastLearned(List<EncodedRow> rows, int fewer) {
        List<EncodedRow> cut = new ArrayList<>();
        for (EncodedRow row : rows) {
            int[] ids = row.ids();
            int end = ids.length - 1 - fewer * cut.size();
            cut.add(new EncodedRow(Arrays.copyOf(ids, end), Arrays.copyOfRange(ids, end, end + 1)));
        }
        return cut;
    }

    private static List<Row> logits(String what, List<EncodedRow> given, CausalLm cpu, CausalLm gpu, CausalLm narrow) {
        float[] expected = logits(cpu, given);
        return List.of(
                Gpu.row("logits in fp32, " + what, BAR_TEXT, row -> {
                    double difference = largestDifference(expected, logits(gpu, given));
                    return row.measured(distance(difference), difference <= BAR);
                }),
                Gpu.row("logits in bf16, " + what, "reported", row -> {
                    double difference = largestDifference(expected, logits(narrow, given));
                    return row.measured(distance(difference), Double.isFinite(difference));
                }));
    }

    /// Logits at all tokens that predict a learned one.
    private static float[] logits(CausalLm model, List<EncodedRow> given) {
        var pass = SupervisedObjective.passes(given, Lead.NONE, Gpu.PASS_TOKENS).getFirst();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor hidden = model.forwardAt(pass.forest().forest(), Tuning.NONE, pass.places());
            return model.logits(hidden, Tuning.NONE).toFloats();
        }
    }

    private static double largestDifference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!(difference <= largest)) largest = difference; // not a number stays
        }
        return largest;
    }

    private static Row answers(CausalLm cpu, CausalLm gpu) {
        return Gpu.row("greedy answers of " + ANSWER_TOKENS + " tokens, one batch", "all the same", row -> {
            List<Generation> expected = answers(cpu);
            List<Generation> written = answers(gpu);
            int same = 0;
            for (int i = 0; i < ANSWERS; i++)
                if (Arrays.equals(expected.get(i).ids(), written.get(i).ids())) same++;
            return row.measured(same + " of " + ANSWERS + " as the CPU writes them", same == ANSWERS);
        });
    }

    private static List<Generation> answers(CausalLm model) {
        var rng = Rng.of(2, "prompts");
        List<BatchGenerator.Work> works = new ArrayList<>();
        for (int i = 0; i < ANSWERS; i++)
            works.add(new BatchGenerator.Work(GenerationRequest.of(
                    Shape.draw(rng, 5 + 7 * i),
                    GenerationOptions.greedy(ANSWER_TOKENS).ignoringEnd(),
                    EndTokens.NONE)));
        try (Progress.Task task = Progress.none().start("writing", ANSWERS, "answers")) {
            return new BatchGenerator(model, Tuning.NONE, ANSWERS).generate(works, task, new StopSignal());
        }
    }

    private static Row losses(Variant variant, CausalLm cpu, CausalLm gpu) {
        return Gpu.row(STEPS + " steps of " + variant.name + ": losses", BAR_TEXT, row -> {
            List<Double> expected = losses(variant, cpu);
            List<Double> reached = losses(variant, gpu);
            double largest = 0;
            for (int i = 0; i < STEPS; i++) {
                double difference = Math.abs(expected.get(i) - reached.get(i));
                if (!(difference <= largest)) largest = difference;
            }
            String course = String.format(Locale.ROOT, ", %.3f to %.3f", expected.getFirst(), expected.getLast());
            return row.measured(distance(largest) + course, largest <= BAR);
        });
    }

    private static List<Double> losses(Variant variant, CausalLm model) {
        List<Double> losses = new ArrayList<>();
        try (var tuning = variant.start.apply(model)) {
            Gpu.train(model, tuning, Gpu.SHARED, STEPS, variant.rate, variant.saving, new TrainingListener() {
                @Override
                public void step(StepEvent event) {
                    losses.add(event.loss());
                }
            });
        }
        return losses;
    }

    private static String distance(double difference) {
        return String.format(Locale.ROOT, "%.1e away", difference);
    }
}
