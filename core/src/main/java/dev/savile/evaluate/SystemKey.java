package dev.savile.evaluate;

import dev.savile.customization.Provenance;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;

/// All that can change what a system answers to given tokens: its answers are kept under this name.
///
/// @param base          digest of the base's weights
/// @param shape         digest of what the base's configuration makes of them
/// @param tokenizer     digest of tokenizer and chat template
/// @param customization digest of what is put over the base; empty for nothing
/// @param precision     number type
/// @param storage       form in which the weights of the layers' linears are kept
/// @param device        kind of device
/// @param version       of Savile, with its build
public record SystemKey(
        String base,
        String shape,
        String tokenizer,
        String customization,
        String precision,
        String storage,
        String device,
        String version) {
    /// Name a base with what is put over it.
    ///
    /// @param customization its digest; empty for nothing
    public static SystemKey of(BaseModel base, String customization) {
        CausalLm model = base.model();
        return new SystemKey(
                base.digest(),
                model.spec().digest(),
                base.encoder().digest(),
                customization,
                model.precision().label(),
                model.quantized() ? "nf4" : "none",
                model.device().kind().name(),
                Provenance.build());
    }
}
