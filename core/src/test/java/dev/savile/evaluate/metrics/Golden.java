package dev.savile.evaluate.metrics;

import dev.savile.common.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;

/// Read the reference numbers of `golden2/metrics`.
final class Golden {
    private Golden() {}

    static List<JsonNode> cases(String file) {
        Path shared = Path.of(System.getProperty("savile.root", "."), "..", "shared");
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        JsonNode cases =
                Json.tree(shared.resolve("golden2/metrics").resolve(file)).get("cases");
        Assertions.assertThat(cases.size()).isPositive();
        return cases.values().stream().toList();
    }

    static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = array.get(i).asDouble();
        return numbers;
    }

    /// Near by 1e-9 relative; p values below 1e-12 by 1e-6.
    static void near(double actual, double expected) {
        double relative = Math.abs(expected) < 1e-12 ? 1e-6 : 1e-9;
        Assertions.assertThat(actual).isCloseTo(expected, Assertions.within(relative * Math.abs(expected) + 1e-300));
    }
}
