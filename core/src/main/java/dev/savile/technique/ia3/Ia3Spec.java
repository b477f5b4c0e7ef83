package dev.savile.technique.ia3;

import dev.savile.model.WeightNames;
import dev.savile.technique.Targets;
import java.util.List;

/// Factors on what some linears give, and on what the feed-forward part's last linear reads.
///
/// *Paper*: Liu et al., "Few-shot parameter-efficient fine-tuning is better and cheaper than in-context learning",
/// 2022.
///
/// @param targets     linears with a factor on each output or input
/// @param feedForward those of them whose inputs are scaled
/// @param excluded    linears that never are; an empty list of names for none
public record Ia3Spec(Targets targets, Targets feedForward, Targets excluded) {
    /// Return the usual setting for a model: keys, values, and the inner values of the feed-forward part.
    public static Ia3Spec of(WeightNames names) {
        return new Ia3Spec(
                new Targets.Names(usualTargets(names)),
                new Targets.Names(List.of(last(names.down()))),
                new Targets.Names(List.of()));
    }

    private static List<String> usualTargets(WeightNames names) {
        List<String> projections = names.queryKeyValue();
        return projections.size() == 1
                ? List.of(last(projections.getFirst()), last(names.down()))
                : List.of(last(projections.get(1)), last(projections.get(2)), last(names.down()));
    }

    /// The end of a path that tells the linears of a layer apart: the last part, with the one before it where the
    /// last alone is ambiguous.
    private static String last(String pattern) {
        int dot = pattern.lastIndexOf('.');
        String own = pattern.substring(dot + 1);
        return own.equals("c_proj") ? pattern.substring(pattern.lastIndexOf('.', dot - 1) + 1) : own;
    }
}
