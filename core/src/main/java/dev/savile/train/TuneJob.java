package dev.savile.train;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Memory;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftSizes;
import dev.savile.text.ChatEncoder;
import dev.savile.text.EncodedRow;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Train one technique on labelled rows: encode, check the memory, train.
public final class TuneJob {
    /// Smallest passes that are advised where memory is short.
    private static final int LEAST_TOKENS = 64;

    private final BaseModel base;
    private final Technique technique;
    private final TrainingOptions options;
    private final PromptBundle bundle;

    public TuneJob(BaseModel base, Technique technique, TrainingOptions options, PromptBundle bundle) {
        this.base = base;
        this.technique = technique;
        this.options = options;
        this.bundle = bundle;
    }

    /// Encode rows by the bundle.
    ///
    /// @throws UserError `train.too-long` when more than 5 % of the rows do not fit
    public EncodedRows encode(List<LabelledRow> rows, PromptRenderer.OverLength overLength) {
        return encode(rows, bundle, base.encoder(), room(), overLength);
    }

    /// Encode labelled rows by a bundle.
    ///
    /// @param room positions that a row may take up
    /// @throws UserError `train.too-long` when more than 5 % of the rows do not fit
    public static EncodedRows encode(
            List<LabelledRow> rows,
            PromptBundle bundle,
            ChatEncoder encoder,
            int room,
            PromptRenderer.OverLength overLength) {
        var renderer = new PromptRenderer(bundle, encoder, room, overLength);
        Map<String, int[]> answers = new LinkedHashMap<>();
        List<EncodedRow> encoded = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        List<RowPlace> tooLong = new ArrayList<>();
        int cut = 0;
        for (LabelledRow row : rows) {
            try {
                PromptRenderer.Prompt prompt = renderer.prompt(row.text());
                if (prompt.cutTokens() > 0) cut++;
                encoded.add(new EncodedRow(prompt.ids(), answers.computeIfAbsent(row.label(), renderer::completion)));
                places.add(RowPlace.line(row.line()));
            } catch (UserError e) {
                if (!e.code().equals("prompt.too-long")) throw e;
                tooLong.add(RowPlace.line(row.line()));
            }
        }
        return new EncodedRows(encoded, places, tooLong, List.of(), cut)
                .requireMost(
                        rows.size(),
                        "the " + room + " tokens there is room for",
                        "shorten them, or use --over-length cut to drop the beginning of their texts");
    }

    /// Positions that a row may take up.
    ///
    /// @throws UserError `soft.context` when virtual tokens leave none
    public int room() {
        int lead = lead(technique);
        SoftSizes.requireRoom(lead, base.model());
        return base.model().spec().maxPositions() - lead;
    }

    private static int lead(Technique technique) {
        return switch (technique) {
            case Technique.PromptTuning soft -> soft.spec().tokens();
            case Technique.PTuning soft -> soft.spec().tokens();
            case Technique.Prefix prefix -> prefix.spec().tokens();
            case Technique.Combined(List<Technique> parts) ->
                parts.stream().mapToInt(TuneJob::lead).sum();
            default -> 0;
        };
    }

    /// Start the tuning from its initial values.
    public TrainedTuning start() {
        return start(technique);
    }

    private TrainedTuning start(Technique technique) {
        CausalLm model = base.model();
        long seed = options.seed();
        return switch (technique) {
            case Technique.Prompt() -> throw new IllegalArgumentException("a prompt is not trained");
            case Technique.PromptTuning soft ->
                SoftPromptTuning.fresh(soft, model, textIds(soft.spec().text()), seed);
            case Technique.PTuning soft -> SoftPromptTuning.fresh(soft, model, seed);
            case Technique.Prefix(PrefixSpec spec) -> PrefixTuning.fresh(spec, model, textIds(spec.text()), seed);
            case Technique.Bottleneck(BottleneckSpec spec) -> BottleneckTuning.fresh(spec, model, seed);
            case Technique.Lora(LoraSpec spec) -> LoraTuning.fresh(spec, model, seed);
            case Technique.Ia3(Ia3Spec spec) -> Ia3Tuning.fresh(spec, model);
            case Technique.Full(FullSpec spec) -> FullTuning.fresh(spec, model);
            case Technique.Combined(List<Technique> parts) -> {
                Map<String, TrainedTuning> started = new LinkedHashMap<>();
                try {
                    for (Technique part : parts) started.put(part.id(), start(part));
                    yield Combination.of(started);
                } catch (RuntimeException e) {
                    started.values().forEach(TrainedTuning::close);
                    throw e;
                }
            }
        };
    }

    /// Encode the text that trained vectors start from: the one given, else the prompt's instruction.
    private int[] textIds(String given) {
        return base.encoder().tokenizer().encode(given.isBlank() ? bundle.systemText() : given);
    }

    /// Train.
    public TrainingResult train(
            TrainedTuning tuning,
            EncodedRows rows,
            List<? extends TrainingRow> validation,
            Checkpoints checkpoints,
            TrainingListener listener,
            Progress progress,
            StopSignal stop) {
        return new Trainer(base.model(), tuning, options, checkpoints, listener, progress, stop).run(rows, validation);
    }

    /// Digests of everything that must stay the same for a run to go on from a checkpoint, by name; of the learning
    /// rate, which may change after a divergence, itself.
    ///
    /// @param validation rows that are validated on, which decide what is kept as the best; empty for none
    public Map<String, String> identity(List<? extends TrainingRow> rows, List<? extends TrainingRow> validation) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("the base model", base.digest());
        identity.put(
                "how the base is kept",
                base.model().precision().label() + (base.model().quantized() ? ", nf4" : ""));
        identity.put("the tokenizer or chat template", base.encoder().digest());
        identity.put("the technique's settings", Digest.ofText(Json.canonical(technique)));
        identity.put("the training's settings", Digest.ofText(Json.canonical(lasting(options))));
        identity.put(CheckpointFolder.RATE, Double.toString(options.learningRate()));
        identity.put("the prompt", bundle.digest());
        identity.put("the rows", digest(rows));
        identity.put("the rows to validate on", digest(validation));
        return identity;
    }

    private static String digest(List<? extends TrainingRow> rows) {
        List<Object> parts = new ArrayList<>();
        for (TrainingRow row : rows) {
            parts.add(row.ids());
            parts.add(IntStream.range(0, row.length()).filter(row::learned).toArray());
        }
        return Digest.ofText(Json.canonical(parts));
    }

    /// The settings that decide what a step learns, but for the learning rate. When a run ends and how often its
    /// state is kept change nothing of what was learned until then.
    private static TrainingOptions lasting(TrainingOptions options) {
        TrainingOptions usual = TrainingOptions.of(1);
        return options.withLearningRate(usual.learningRate())
                .withEnd(usual.maxSeconds(), usual.patience(), usual.validateSteps())
                .withCheckpointSeconds(usual.checkpointSeconds());
    }

    /// Plan the memory of a training before it is there, by the values of the base that it trains.
    public MemoryPlan memory() {
        return memory(technique instanceof Technique.Full(FullSpec spec) ? chosen(spec) : 0, false, false);
    }

    private long chosen(FullSpec spec) {
        return base.model().namedParameters().entrySet().stream()
                .filter(parameter -> spec.chooses(parameter.getKey()))
                .mapToLong(parameter -> parameter.getValue().count())
                .sum();
    }

    /// Plan the memory of training a tuning that is there.
    ///
    /// @param validated whether there are rows to validate on
    public MemoryPlan memory(TrainedTuning tuning, boolean validated) {
        return memory(tuning.trainedValues(), base.model().makesHead(tuning), validated);
    }

    MemoryPlan memory(long trainedValues, boolean head, boolean validated) {
        var trained = new MemoryPlan.Trained(trainedValues, technique instanceof Technique.Full, head, validated);
        return MemoryPlan.of(base.model(), trained, options, options.forestTokens());
    }

    /// Refuse a training for which there is no memory, with the numbers.
    ///
    /// @param present bytes of the plan that are taken already
    /// @throws UserError `memory.short`
    public void requireMemory(MemoryPlan plan, long present) {
        long needed = plan.free() - present;
        long available = Memory.availableBytes(base.model().device());
        if (needed > available)
            throw UserError.resource(
                    "memory.short",
                    "training needs about " + Units.bytes(needed) + " beside what is there, " + Units.bytes(available)
                            + " are free",
                    base.model().device().gpu()
                            ? "the GPU would refuse a tensor in the middle of a step"
                            : "the computer would swap or end the process",
                    advice(plan, available));
    }

    /// Name the first savings, on top of those that are on, that would fit.
    String advice(MemoryPlan plan, long available) {
        MemorySaving now = options.saving();
        boolean full = technique instanceof Technique.Full;
        List<String> words = new ArrayList<>();
        var tried = new ArrayList<>(List.of(new MemorySaving(true, now.updateInBackward(), now.narrowMoments())));
        if (full) {
            tried.add(new MemorySaving(true, true, now.narrowMoments()));
            tried.add(new MemorySaving(true, true, true));
        }
        for (MemorySaving saving : tried) {
            if (free(plan, saving, options.forestTokens()) > available) continue;
            if (!now.recompute()) words.add("--set recompute=true");
            if (saving.updateInBackward() && !now.updateInBackward())
                words.add("--set update-in-backward=true --set clip-norm=0");
            if (saving.narrowMoments() && !now.narrowMoments()) words.add("--set moments=bf16");
            break;
        }
        for (int tokens = options.forestTokens() / 2; tokens >= LEAST_TOKENS; tokens /= 2)
            if (free(plan, now, tokens) <= available) {
                words.add("--set forest-tokens=" + tokens + ", which a single longer row exceeds");
                break;
            }
        if (!full && !base.model().quantized() && plan.free() - packed() <= available) words.add("--quantize nf4");
        words.add(full ? "lora instead of full" : "a smaller model");
        return "use " + String.join(", or ", words);
    }

    /// Bytes that the layers' weights take less in 4 bits, with a scale for each block of 64 values.
    private long packed() {
        long values = base.model().linears().stream()
                .mapToLong(linear -> (long) linear.out() * linear.in())
                .sum();
        return values * base.model().dtype().bytes() - values * 9 / 16;
    }

    /// What must be free for the same training with other savings and passes of so many tokens, which change nothing of
    /// the head.
    private long free(MemoryPlan plan, MemorySaving saving, int tokens) {
        TrainingOptions unclipped = saving.updateInBackward() ? options.withoutClipping() : options;
        var trained =
                new MemoryPlan.Trained(plan.trained(), technique instanceof Technique.Full, false, plan.best() > 0);
        MemoryPlan other = MemoryPlan.of(base.model(), trained, unclipped.withSaving(saving), tokens);
        return other.free() - other.head() + plan.head();
    }
}
