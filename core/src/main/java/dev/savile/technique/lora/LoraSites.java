package dev.savile.technique.lora;

import dev.savile.common.UserError;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Targets;
import dev.savile.technique.Unmatched;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Decide which modules of a model a [LoraSpec] adapts.
///
/// @param linears   adapted linears, in the model's order
/// @param embedding whether the token embedding is adapted
record LoraSites(List<Linear> linears, boolean embedding) {
    private static final Pattern LAYER = Pattern.compile(".*?\\.([^.]+)\\.(\\d+)\\..*");

    /// @throws UserError `lora.targets` when nothing is chosen, naming the modules there are; `lora.update-bias` for a
    ///                   module that can have none
    static LoraSites of(LoraSpec spec, CausalLm model) {
        String head = model.spec().names().head();
        String embedding = model.spec().names().embedding();
        List<Linear> linears = new ArrayList<>();
        for (Linear linear : model.linears()) {
            if (!chosen(spec, linear.path(), head)) continue;
            if (spec.updateBias() && linear.path().equals(head)) throw noBias(head);
            linears.add(linear);
        }
        boolean embedded = !(spec.targets() instanceof Targets.AllLinear) && chosen(spec, embedding, head);
        if (embedded && spec.dora())
            throw new UserError(
                    "lora.dora",
                    "the token embedding cannot have a magnitude",
                    "DoRA is defined for linears",
                    "leave " + embedding + " out of the targets, or use lora");
        if (embedded && spec.updateBias()) throw noBias(embedding);
        if (linears.isEmpty() && !embedded) throw nothingChosen(spec, model);
        return new LoraSites(List.copyOf(linears), embedded);
    }

    /// Refuse ranks that a training would waste. What is read from files may have them: two adapters joined, or one
    /// that is published for the whole base, have the sum of ranks.
    ///
    /// @throws UserError `lora.rank` when a rank is larger than the linear
    void requireRanks(LoraSpec spec) {
        for (Linear linear : linears) {
            int rank = spec.rankOf(linear.path());
            if (rank > Math.min(linear.in(), linear.out()))
                throw new UserError(
                        "lora.rank",
                        "rank " + rank + " is above the size of " + linear.path() + " (" + linear.in() + " to "
                                + linear.out() + ")",
                        "a larger rank than the matrix has adds nothing",
                        "use at most " + Math.min(linear.in(), linear.out()));
        }
    }

    private static boolean chosen(LoraSpec spec, String path, String head) {
        return spec.targets().chooses(path, head)
                && !spec.excluded().chooses(path, head)
                && !spec.saves(path)
                && inLayers(spec, path);
    }

    private static boolean inLayers(LoraSpec spec, String path) {
        if (spec.layers().isEmpty()) return true;
        Matcher matcher = LAYER.matcher(path);
        return matcher.matches()
                && (spec.layersPattern().isEmpty() || spec.layersPattern().contains(matcher.group(1)))
                && spec.layers().contains(Integer.parseInt(matcher.group(2)));
    }

    /// Refuse names in a user's own setting that stand for nothing: each must match a module. Of files of others no
    /// more is asked than PEFT asks, that something is adapted.
    ///
    /// @throws UserError with the setting's name as its code: `lora.targets`, `lora.exclude`, `lora.layers`,
    ///                   `lora.layers-pattern`, `lora.rank-pattern`, `lora.alpha-pattern`, `lora.saved`
    static void requireNamed(LoraSpec spec, CausalLm model) {
        List<String> paths =
                new ArrayList<>(model.linears().stream().map(Linear::path).toList());
        String embedding = model.spec().names().embedding();
        paths.add(embedding);
        Unmatched.modules("lora.targets", spec.targets().without(paths), paths);
        Unmatched.modules("lora.exclude", spec.excluded().without(paths), paths);
        List<String> modules = model.namedParameters().keySet().stream()
                .map(name -> name.substring(0, name.lastIndexOf('.')))
                .distinct()
                .toList();
        Unmatched.modules(
                "lora.saved",
                spec.saved().stream()
                        .filter(name -> modules.stream().noneMatch(module -> module.endsWith(name)))
                        .toList(),
                modules);
        Unmatched.layers("lora.layers", spec.layers(), model.spec().layers());
        List<String> lists = paths.stream()
                .map(LAYER::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .distinct()
                .toList();
        Unmatched.names(
                "lora.layers-pattern",
                spec.layersPattern().stream()
                        .filter(name -> !lists.contains(name))
                        .toList(),
                lists);
        LoraSites sites = of(spec, model);
        List<String> adapted =
                new ArrayList<>(sites.linears.stream().map(Linear::path).toList());
        if (sites.embedding) adapted.add(embedding);
        requirePattern("lora.rank-pattern", spec.rankPattern(), adapted);
        requirePattern("lora.alpha-pattern", spec.alphaPattern(), adapted);
    }

    private static void requirePattern(String code, Map<String, ?> pattern, List<String> adapted) {
        List<String> unmatched = pattern.keySet().stream()
                .filter(key -> adapted.stream().noneMatch(path -> LoraSpec.matches(key, path)))
                .toList();
        Unmatched.modules(code, unmatched, adapted);
        for (String path : adapted) {
            List<String> keys = pattern.keySet().stream()
                    .filter(key -> LoraSpec.matches(key, path))
                    .toList();
            if (keys.size() > 1)
                throw new UserError(
                        code,
                        String.join(" and ", keys) + " match the same module, " + path,
                        "files list such keys in the order of the alphabet, so that another could count once saved",
                        "write keys of which only one matches each module");
        }
    }

    private static UserError noBias(String path) {
        return new UserError(
                "lora.update-bias",
                path + " cannot have a bias in its update",
                "only linears of the layers have a place for one",
                "leave " + path + " out of the targets");
    }

    private static UserError nothingChosen(LoraSpec spec, CausalLm model) {
        return new UserError(
                "lora.targets",
                "no module of this model matches " + spec.targets() + " and all other conditions",
                "there would be nothing to train",
                "the linears of this model end in: " + String.join(", ", model.linearNames()));
    }
}
