package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.text.Normalisation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Read an answer and make it comparable, under a name. Several pipelines read the same generations and are reported
/// side by side: what is right under `flexible` and unread under `strict` is an answer in the wrong form.
///
/// @param name          such as `strict`
/// @param extractor     reads the answer
/// @param normalisation makes answers and references comparable; with `number` equal values are equal answers
public record AnswerPipeline(String name, Extractor extractor, Normalisation normalisation) {
    private static final List<String> KEYS = List.of("extract", "normalise");

    public AnswerPipeline {
        if (name.isBlank()) throw new IllegalArgumentException("a pipeline needs a name");
    }

    /// Read pipelines from a map of names, each with `extract` (a chain) and `normalise` (`trim` when it is missing).
    ///
    /// @throws dev.savile.common.UserError `extract.step`, `extract.regex`
    public static List<AnswerPipeline> all(Map<?, ?> plain) {
        List<AnswerPipeline> pipelines = new ArrayList<>();
        plain.forEach((name, value) -> pipelines.add(one(String.valueOf(name), value)));
        return pipelines;
    }

    private static AnswerPipeline one(String name, Object plain) {
        Map<?, ?> map = StepReader.map(name, plain, KEYS);
        Object steps = StepReader.given(map, "extract", List.of());
        if (!(steps instanceof List<?> list))
            throw StepReader.wrong("extract of " + name + " is '" + steps + "'", "it is a list of steps");
        Object form = StepReader.given(map, "normalise", Normalisation.TRIM.label());
        return new AnswerPipeline(name, Extractor.of(list), normalisation(String.valueOf(form)));
    }

    private static Normalisation normalisation(String label) {
        for (Normalisation one : Normalisation.values())
            if (one.label().equals(label.toLowerCase(Locale.ROOT))) return one;
        throw StepReader.wrong(
                "normalise is '" + label + "'",
                "it is one of "
                        + Arrays.stream(Normalisation.values())
                                .map(Normalisation::label)
                                .toList());
    }

    /// Return the form in files, without the name.
    public Map<String, Object> plain() {
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("extract", extractor.plain());
        plain.put("normalise", normalisation.label());
        return plain;
    }

    /// How its scores are named: `number,strict`.
    public String form() {
        return normalisation.label() + "," + name;
    }

    /// Read one generation.
    public Prediction read(String generation) {
        return switch (extractor.read(generation)) {
            case Prediction.Parsed(String value) -> comparable(value);
            case Prediction.Unparsed nothing -> nothing;
        };
    }

    /// Answers of nothing but punctuation can vanish when they are made comparable.
    private Prediction comparable(String value) {
        String plain = normalisation.apply(value);
        return plain.isEmpty() ? new Prediction.Unparsed("the answer is empty") : new Prediction.Parsed(plain);
    }

    /// Whether an answer is one of its references.
    public boolean right(Prediction answer, List<String> references) {
        return switch (answer) {
            case Prediction.Parsed(String value) ->
                references.stream()
                        .anyMatch(reference -> normalisation.apply(reference).equals(value));
            case Prediction.Unparsed _ -> false;
        };
    }
}
