package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.List;

/// Take what the first of several chains reads that reads anything.
///
/// @param chains at least one; the reason of the last one stands when none reads anything
public record FirstOfStep(List<Extractor> chains) implements ExtractionStep {
    public FirstOfStep {
        chains = List.copyOf(chains);
        if (chains.isEmpty())
            throw new UserError(
                    "extract.step",
                    "first_of has no chains",
                    "nothing could be read with it",
                    "give it a list of lists of steps");
    }

    @Override
    public Prediction read(String text) {
        Prediction last = chains.getFirst().read(text);
        for (Extractor chain : chains.subList(1, chains.size())) {
            if (last instanceof Prediction.Parsed) return last;
            last = chain.read(text);
        }
        return last;
    }

    @Override
    public String name() {
        return "first_of";
    }

    @Override
    public Object plain() {
        return chains.stream().map(Extractor::plain).toList();
    }
}
