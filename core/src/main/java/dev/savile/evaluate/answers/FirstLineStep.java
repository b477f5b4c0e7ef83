package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;
import java.util.Map;

/// Take the first line that is not blank.
public record FirstLineStep() implements ExtractionStep {
    @Override
    public Prediction read(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .<Prediction>map(Prediction.Parsed::new)
                .orElseGet(() -> new Prediction.Unparsed("the answer is empty"));
    }

    @Override
    public String name() {
        return "first_line";
    }

    @Override
    public Object plain() {
        return Map.of();
    }
}
