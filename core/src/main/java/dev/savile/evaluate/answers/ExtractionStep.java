package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;

/// One step of an [Extractor]: take from a text the part that the next step reads, or say why there is none.
public sealed interface ExtractionStep
        permits RegexStep, AfterPrefixStep, LastNumberStep, FirstLineStep, JsonFieldStep, LabelMatchStep, FirstOfStep {
    Prediction read(String text);

    /// The name in files.
    String name();

    /// What stands behind the name in files: texts, numbers, lists and maps of them.
    Object plain();
}
