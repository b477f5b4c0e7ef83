package dev.savile.technique.lora;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Decide which modules of a model a [LoraSpec] adapts.
///
/// @param linears   adapted linears, in the model's order
/// @param embedding whether the token embedding is adapted
record LoraSites(List<Linear> linears, boolean embedding) {
    private static final Pattern LAYER = Pattern.compile(".*?\\.([^.]+)\\.(\\d+)\\..*");

    /// @throws UserError `lora.targets` when nothing is chosen, naming the modules there are;
    ///                   `lora.rank` when a rank is larger than the linear
    static LoraSites of(LoraSpec spec, CausalLm model) {
        String head = model.spec().names().head();
        String embedding = model.spec().names().embedding();
        List<Linear> linears = new ArrayList<>();
        for (Linear linear : model.linears()) {
            if (!chosen(spec, linear.path(), head)) continue;
            int rank = spec.rankOf(linear.path());
            if (rank > Math.min(linear.in(), linear.out()))
                throw new UserError(
                        "lora.rank",
                        "rank " + rank + " is above the size of " + linear.path() + " (" + linear.in() + " to "
                                + linear.out() + ")",
                        "a larger rank than the matrix has adds nothing",
                        "use at most " + Math.min(linear.in(), linear.out()));
            linears.add(linear);
        }
        boolean embedded = !(spec.targets() instanceof Targets.AllLinear) && chosen(spec, embedding, head);
        if (embedded && spec.dora())
            throw new UserError(
                    "lora.dora",
                    "the token embedding cannot have a magnitude",
                    "DoRA is defined for linears",
                    "leave " + embedding + " out of the targets, or use lora");
        if (linears.isEmpty() && !embedded) throw nothingChosen(spec, model);
        return new LoraSites(List.copyOf(linears), embedded);
    }

    private static boolean chosen(LoraSpec spec, String path, String head) {
        return spec.targets().chooses(path, head)
                && !spec.excluded().chooses(path, head)
                && spec.saved().stream().noneMatch(name -> path.equals(name) || path.endsWith("." + name))
                && inLayers(spec, path);
    }

    private static boolean inLayers(LoraSpec spec, String path) {
        if (spec.layers().isEmpty()) return true;
        Matcher matcher = LAYER.matcher(path);
        return matcher.matches()
                && (spec.layersPattern().isEmpty() || spec.layersPattern().contains(matcher.group(1)))
                && spec.layers().contains(Integer.parseInt(matcher.group(2)));
    }

    private static UserError nothingChosen(LoraSpec spec, CausalLm model) {
        List<String> kinds = model.linearNames();
        String nearest = spec.targets() instanceof Targets.Names(List<String> names) && !names.isEmpty()
                ? Nearest.to(names.getFirst(), kinds)
                        .map(name -> "; did you mean " + name + "?")
                        .orElse("")
                : "";
        return new UserError(
                "lora.targets",
                "no module of this model matches " + spec.targets() + nearest,
                "there would be nothing to train",
                "the linears of this model end in: " + String.join(", ", kinds));
    }
}
