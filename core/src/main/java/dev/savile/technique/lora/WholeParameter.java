package dev.savile.technique.lora;

import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// A parameter of the base that is trained whole beside the low-rank updates: a saved module, or a bias.
///
/// @param name parameter name, `lm_head.weight`
/// @param base the base's values
record WholeParameter(String name, Tensor base) {
    static List<WholeParameter> of(LoraSpec spec, CausalLm model, Collection<String> adapted) {
        Map<String, Tensor> parameters = model.namedParameters();
        List<WholeParameter> chosen = new ArrayList<>();
        parameters.forEach((name, value) -> {
            boolean saved = spec.saves(name.substring(0, name.lastIndexOf('.')));
            boolean bias = name.endsWith(".bias")
                    && switch (spec.bias()) {
                        case NONE -> false;
                        case ALL -> true;
                        case LORA_ONLY -> adapted.contains(name.substring(0, name.length() - ".bias".length()));
                    };
            if (saved || bias) chosen.add(new WholeParameter(name, value));
        });
        return chosen;
    }

    static Tensor base(CausalLm model, String name) {
        Tensor base = model.namedParameters().get(name);
        if (base == null) throw new IllegalStateException("the model has no parameter " + name);
        return base;
    }
}
