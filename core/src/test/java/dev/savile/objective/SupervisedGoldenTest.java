package dev.savile.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.testing.GoldenCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The loss of a step in two passes, divided by the targets of both, against transformers 5.23 (`num_items_in_batch`).
/// A head that is the identity makes the rows the logits.
class SupervisedGoldenTest {
    @Test
    void lossAndGradientsOfAStepInTwoPassesEqualTheReference() {
        JsonNode cases = GoldenCases.of(SupervisedGoldenTest.class, "sft.json");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode one : cases) EngineThread.run(() -> check(one));
    }

    /// Where a label is learned, and which.
    private record Place(JsonNode logits, int target, JsonNode gradient) {}

    private static void check(JsonNode one) {
        JsonNode expected = one.at("/expected/fp64");
        List<List<Place>> passes = new ArrayList<>();
        for (int pass = 0; pass < one.at("/inputs/labels").size(); pass++) passes.add(places(one, pass));
        int denominator = passes.stream().mapToInt(List::size).sum();
        double loss = 0;
        for (List<Place> places : passes) loss += loss(places, denominator);
        assertThat(loss).isCloseTo(expected.get("loss").doubleValue(), within(1e-9));
    }

    /// Position t predicts label t + 1.
    private static List<Place> places(JsonNode one, int pass) {
        List<Place> places = new ArrayList<>();
        JsonNode labels = one.at("/inputs/labels").get(pass);
        for (int row = 0; row < labels.size(); row++)
            for (int t = 0; t + 1 < labels.get(row).size(); t++) {
                int label = labels.get(row).get(t + 1).intValue();
                if (label >= 0)
                    places.add(new Place(
                            one.at("/inputs/logits").get(pass).get(row).get(t),
                            label,
                            one.at("/expected/fp64/grad/logits")
                                    .get(pass)
                                    .get(row)
                                    .get(t)));
            }
        return places;
    }

    private static double loss(List<Place> places, int denominator) {
        int vocabulary = places.getFirst().logits().size();
        double[] rows = places.stream()
                .flatMapToDouble(place -> Arrays.stream(GoldenCases.values(place.logits())))
                .toArray();
        double[] identity = new double[vocabulary * vocabulary];
        for (int i = 0; i < vocabulary; i++) identity[i * vocabulary + i] = 1;
        double[] weights = new double[places.size()];
        Arrays.fill(weights, -1.0 / denominator);
        try (var scope = Scope.open()) {
            Tensor head = Tensors.of(identity, vocabulary, vocabulary);
            var gradients = LogProbHead.gradients(
                    Tensors.of(rows, places.size(), vocabulary),
                    head,
                    places.stream().mapToInt(Place::target).toArray(),
                    weights,
                    false);
            double[] actual = gradients.rowGradient().toDoubles();
            double[] reference = places.stream()
                    .flatMapToDouble(place -> Arrays.stream(GoldenCases.values(place.gradient())))
                    .toArray();
            GoldenCases.assertClose(actual, reference);
            return gradients.sum();
        }
    }
}
