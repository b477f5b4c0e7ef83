package dev.savile.evaluate.answers;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.savile.evaluate.metrics.Prediction;
import java.util.List;
import java.util.Map;

/// Read an answer out of a generation, step by step: each step reads what the one before it left. The first that
/// finds nothing ends the chain, and its reason is the result.
///
/// In files a chain is a list of maps with one key each; a step without parameters may stand as its name alone:
///
///     - after_prefix: "####"
///     - last_number: {}
///
/// A fallback is a step of its own, `first_of`, with a list of chains. No steps at all give the whole text.
///
/// @param steps in the order in which they are taken
public record Extractor(List<ExtractionStep> steps) {
    public Extractor {
        steps = List.copyOf(steps);
    }

    /// Read a chain from its form in files.
    ///
    /// @throws dev.savile.common.UserError `extract.step` for what is no step, `extract.regex` for a bad pattern
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Extractor of(List<?> plain) {
        return new Extractor(plain.stream().map(StepReader::step).toList());
    }

    /// Return the form in files, from which [#of] makes an equal chain.
    @JsonValue
    public List<Map<String, Object>> plain() {
        return steps.stream().map(step -> Map.of(step.name(), step.plain())).toList();
    }

    /// Read one generation. A parsed value has no white space at its ends and is never empty.
    ///
    /// @throws dev.savile.common.UserError `extract.regex` when a pattern takes too long on this text
    public Prediction read(String generation) {
        String rest = generation;
        for (ExtractionStep step : steps) {
            switch (step.read(rest)) {
                case Prediction.Parsed(String value) -> rest = value;
                case Prediction.Unparsed nothing -> {
                    return nothing;
                }
            }
        }
        String value = rest.strip();
        return value.isEmpty() ? new Prediction.Unparsed("the answer is empty") : new Prediction.Parsed(value);
    }
}
