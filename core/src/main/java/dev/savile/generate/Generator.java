package dev.savile.generate;

import dev.savile.engine.EngineThread;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;

/// Write one answer at a time.
///
/// @param tuning the technique's changes, or [Tuning#NONE]
public record Generator(CausalLm model, Tuning tuning) {
    /// Continue a prompt to its end.
    ///
    /// @throws dev.savile.common.UserError `generate.context` or `generate.prompt` when the model cannot serve the
    ///         request
    public Generation generate(GenerationRequest request, TokenListener listener) {
        return generate(request, PromptStart.NONE, listener);
    }

    /// Continue a prompt whose beginning has been computed before.
    public Generation generate(GenerationRequest request, PromptStart start, TokenListener listener) {
        return EngineThread.call(() -> {
            try (var batch = new DecodingBatch(model, tuning)) {
                DecodingRow row = batch.add(request, start, listener);
                while (!row.finished()) batch.step();
                return row.generation();
            }
        });
    }
}
