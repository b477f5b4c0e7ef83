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
        CustomizationWriter.claim(verb.out, false);
        return EngineThread.call(() -> {
            Customization customization;
            // In fp32, so that sums are rounded once, when they are written.
            try (Session session = Session.open(
                    verb.global, console, GlobalOptions.Quantization.NONE, GlobalOptions.PrecisionChoice.FP32)) {
                customization = session.customizations().parts().getFirst();
                DType type = verb.type == MergeVerb.Type.BF16 ? DType.BF16 : DType.F32;
                CustomizationWriter.merged(verb.out, session.tuning(), session.base(), type);
            }
            console.print("merged into " + verb.out + " (" + verb.type + "); use it with --model " + verb.out);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", verb.out.toString());
            GlobalOptions.Quantization own = Session.quantization(customization);
            if (verb.data.data().isPresent()) result.putAll(compare(verb.data, own));
            else if (own != GlobalOptions.Quantization.NONE) result.putAll(compareWithTraining(customization, own));
            console.result(result);
            return ExitCode.OK;
        });
    }

    /// Compare on the rows that a customization was trained on. The merged model is there already, so that nothing here
    /// may fail it.
    private Map<String, Object> compareWithTraining(Customization customization, GlobalOptions.Quantization own) {
        String source = customization
                .manifest()
                .map(manifest -> manifest.data().source())
                .orElse("");
        Path file = Path.of(source.split(", ", -1)[0]);
        try {
            if (Files.isRegularFile(file)) return compare(verb.data.withData(file), own);
            console.progress()
                    .warn("the perplexity was not compared: " + source + " is not there; name rows with --data");
        } catch (UserError e) {
            console.progress().warn("the perplexity was not compared: " + e.getMessage() + "; name rows with --data");
        }
        return Map.of();
    }

    /// Measure the perplexity of rows by the customization over the base it was trained over, and by the merged model.
    private Map<String, Object> compare(DataOptions data, GlobalOptions.Quantization own) {
        TuneData read = TuneData.read(data, verb.examples, Optional.empty(), verb.global.seed());
        TextLoss before;
        try (Session session = Session.open(verb.global, console, own, verb.global.precision())) {
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
                own == GlobalOptions.Quantization.NONE ? "" : " in " + own,
                after.perplexity(),
                100 * change));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", before.rows());
        result.put("perplexityBefore", before.perplexity());
        result.put("perplexityMerged", after.perplexity());
        return result;
    }

    private TextLoss loss(BaseModel base, Tuning tuning, TuneData data) {
        List<? extends TrainingRow> rows = Rows.first(data.scored(base, tuning, 0), CHECKED_ROWS);
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
