package dev.savile.select.optimize;

import dev.savile.technique.prompt.PromptBundle;
import java.util.List;

/// What a search for a better prompt ended with.
///
/// @param bundle  the best prompt found; the one it began with where nothing helped
/// @param steps   what was tried, in order
/// @param dev     rows that candidates were compared on
/// @param pool    rows that examples were taken from
/// @param stopped whether time ran out, or the user stopped it, before all was tried
public record OptimizedPrompt(PromptBundle bundle, List<PromptStep> steps, int dev, int pool, boolean stopped) {
    public OptimizedPrompt {
        steps = List.copyOf(steps);
    }

    /// Whether any change was accepted.
    public boolean helped() {
        return steps.stream().anyMatch(PromptStep::accepted);
    }
}
