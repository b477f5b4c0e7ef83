package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.TextLoss;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.text.TrainingRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Run `savile merge`.
final class Merge {
    private static final int CHECKED_ROWS = 200;

    private final Console console;
    private final MergeVerb verb;

    Merge(Console console, MergeVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run() {
        if (verb.global.quantization() != GlobalOptions.Quantization.NONE)
            throw new UserError(
                    "merge.quantize",
                    "a customization cannot be merged into weights of 4 bits",
                    "its change would be rounded away",
                    "leave --quantize away: what was trained over such a base is merged into the whole one");
        CustomizationWriter.claim(verb.out, false);
        return EngineThread.call(() -> {
            Optional<Path> rows;
            Optional<GlobalOptions.Quantization> quantized;
            try (Session session = Session.open(verb.global, console, GlobalOptions.Quantization.NONE)) {
                quantized = session.customization().flatMap(Session::quantization);
                rows = rows(session.customization(), quantized.isPresent());
                DType type = verb.type == MergeVerb.Type.BF16 ? DType.BF16 : DType.F32;
                CustomizationWriter.merged(verb.out, session.tuning(), session.base(), type);
            }
            console.print("merged into " + verb.out + " (" + verb.type + "); use it with --model " + verb.out);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", verb.out.toString());
            if (rows.isPresent()) result.putAll(compare(rows.get(), quantized));
            console.result(result);
            return ExitCode.OK;
        });
    }

    private Optional<Path> rows(Optional<Customization> customization, boolean quantized) {
        if (verb.check().isPresent() || !quantized) return verb.check();
        Optional<Path> source = customization
                .flatMap(Customization::manifest)
                .map(manifest -> Path.of(manifest.data().source()))
                .filter(Files::isRegularFile);
        if (source.isEmpty())
            console.progress()
                    .warn("the perplexity was not compared: the rows it was trained on are not there; name some with"
                            + " --check");
        return source;
    }

    /// Measure the perplexity of rows by the customization over the base it was trained over, and by the merged model.
    private Map<String, Object> compare(Path file, Optional<GlobalOptions.Quantization> quantized) {
        var data = new DataOptions();
        data.data = file;
        TuneData read = TuneData.read(data, new ExampleOptions(), Optional.empty(), verb.global.seed());
        TextLoss before;
        try (Session session = Session.open(verb.global, console, quantized.orElse(GlobalOptions.Quantization.NONE))) {
            before = loss(session.base(), session.tuning(), read);
        }
        var compute = Session.compute(verb.global, console);
        var files = new ModelLocator(console.env(), console.progress()).locate(verb.out.toString());
        TextLoss after;
        try (BaseModel merged = BaseModel.load(files, compute.precision(), compute.device())) {
            after = loss(merged, Tuning.NONE, read);
        }
        double change = after.perplexity() / before.perplexity() - 1;
        console.print(String.format(
                Locale.ROOT,
                "perplexity of %d rows: %.4f over the base%s, %.4f merged (%+.2f %%)",
                before.rows(),
                before.perplexity(),
                quantized.map(q -> " in " + q).orElse(""),
                after.perplexity(),
                100 * change));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", before.rows());
        result.put("perplexityBefore", before.perplexity());
        result.put("perplexityMerged", after.perplexity());
        return result;
    }

    private TextLoss loss(BaseModel base, Tuning tuning, TuneData data) {
        int room = base.model().spec().maxPositions() - tuning.lead().length();
        List<? extends TrainingRow> all = data.train(base.encoder(), room, 0).rows();
        List<? extends TrainingRow> rows = all.subList(0, Math.min(CHECKED_ROWS, all.size()));
        try (Progress.Task task = console.progress().start("measuring perplexity", rows.size(), "rows")) {
            return TextLoss.of(base.model(), tuning, rows, task, console.stop())
                    .orElseThrow(() -> new UserError(
                            "merge.check",
                            "the perplexity was not measured to its end",
                            "a stop was asked for, or no row has a token to be predicted",
                            "the merged model is whole; measure it with savile eval"));
        }
    }
}
