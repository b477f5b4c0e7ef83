package dev.savile.evaluate.task;

import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.HiddenStateEmbedder;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.TextEmbedder;

/// What answers the questions of a task.
///
/// @param name       as it is shown
/// @param base       the model
/// @param tuning     what a technique changes, or [Tuning#NONE]
/// @param bundle     the prompt
/// @param overLength what becomes of a question that does not fit the context without examples
/// @param embedder   finds examples that mean the same
public record TaskSystem(
        String name,
        BaseModel base,
        Tuning tuning,
        PromptBundle bundle,
        PromptRenderer.OverLength overLength,
        TextEmbedder embedder) {
    /// Find near texts by the model's own hidden states.
    public TaskSystem(
            String name, BaseModel base, Tuning tuning, PromptBundle bundle, PromptRenderer.OverLength overLength) {
        this(name, base, tuning, bundle, overLength, HiddenStateEmbedder.cached(base));
    }

    /// The same system under another prompt.
    public TaskSystem with(String otherName, PromptBundle other) {
        return new TaskSystem(otherName, base, tuning, other, overLength, embedder);
    }
}
