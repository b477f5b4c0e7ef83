package dev.savile.technique;

import dev.savile.common.UserError;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraTuning;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Work a tuning into the weights, so that the model alone gives what base and tuning give together.
public final class Merge {
    private Merge() {}

    /// Return every parameter that the tuning changes, with its new values in the type of the trained ones; logical
    /// shapes, as [CausalLm#namedParameters] has them.
    ///
    /// @throws UserError `merge.technique` when the technique is no change of weights; `merge.tied` when the head
    ///         would change with the embedding; `merge.bias` when an update has a bias where the base has none;
    ///         `merge.finite` when a value is not finite
    public static Map<String, Tensor> parameters(CausalLm model, TrainedTuning tuning) {
        model.requireWhole("merging");
        Map<String, Tensor> changed = new LinkedHashMap<>();
        switch (tuning) {
            case LoraTuning lora -> update(model, lora, changed);
            case Ia3Tuning ia3 -> scale(model, ia3, changed);
            case Combination several
            when changesWeightsAlone(several) -> {
                // factors scale what the low-rank update is a part of
                for (TrainedTuning part : several.parts().values())
                    if (part instanceof LoraTuning lora) update(model, lora, changed);
                for (TrainedTuning part : several.parts().values())
                    if (part instanceof Ia3Tuning ia3) scale(model, ia3, changed);
            }
            case FullTuning full ->
                model.namedParameters().keySet().forEach(name -> full.master(name)
                        .ifPresent(value -> changed.put(name, value)));
            default ->
                throw new UserError(
                        "merge.technique",
                        "this technique cannot be merged into the weights",
                        "it adds tokens, keys or networks, which no weight can stand for",
                        "serve it as it is, over its base");
        }
        changed.forEach((name, value) -> {
            if (!value.finite())
                throw new UserError(
                        "merge.finite",
                        name + " is not finite after merging",
                        "the model would answer nonsense",
                        "train again with a smaller learning rate");
        });
        return changed;
    }

    private static boolean changesWeightsAlone(Combination several) {
        return several.parts().values().stream()
                .allMatch(part -> part instanceof LoraTuning || part instanceof Ia3Tuning);
    }

    private static void update(CausalLm model, LoraTuning lora, Map<String, Tensor> changed) {
        changed.putAll(lora.wholeParameters());
        Set<String> adapted = Set.copyOf(lora.adapted());
        for (Linear site : model.linears())
            if (adapted.contains(site.path())) {
                requireUntied(model, site);
                changed.put(site.path() + ".weight", lora.merged(site));
                Tensor bias = lora.mergedBias(site);
                if (bias != null) changed.put(site.path() + ".bias", bias);
            }
        Tensor update = lora.embeddingUpdate();
        if (update != null) {
            requireUntied(model);
            changed.put(
                    model.spec().names().embedding() + ".weight",
                    model.embeddingTable().to(update.dtype()).plus(update));
        }
    }

    private static void scale(CausalLm model, Ia3Tuning ia3, Map<String, Tensor> changed) {
        for (Linear site : model.linears()) {
            Map<String, Tensor> scaled =
                    ia3.merged(site, changed.get(site.path() + ".weight"), changed.get(site.path() + ".bias"));
            if (!scaled.isEmpty()) requireUntied(model, site);
            changed.putAll(scaled);
        }
    }

    private static void requireUntied(CausalLm model, Linear site) {
        if (site.path().equals(model.spec().names().head())) requireUntied(model);
    }

    private static void requireUntied(CausalLm model) {
        if (model.spec().tiedHead())
            throw new UserError(
                    "merge.tied",
                    "the embedding is the head as well, and only one of them was tuned",
                    "merging would change both",
                    "leave embedding and head out of the targets, or serve the adapter over its base");
    }
}
