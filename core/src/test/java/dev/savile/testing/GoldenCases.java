package dev.savile.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Small cases of other implementations that lie beside the tests: `{cases: [{params, inputs, expected: {fp64}}]}`,
/// made with PyTorch 2.15 and PEFT 0.21.2. They hold to `1e-12 + 1e-9 |value|`.
public final class GoldenCases {
    private GoldenCases() {}

    /// Read the cases of a file.
    ///
    /// @param beside the test that it lies beside
    public static JsonNode of(Class<?> beside, String file) {
        try {
            return Json.tree(Path.of(
                            Objects.requireNonNull(beside.getResource(file)).toURI()))
                    .get("cases");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Return an array of numbers, or of rows of them, as a tensor in fp64.
    public static Tensor tensor(JsonNode array) {
        return array.get(0).isArray()
                ? Tensors.of(values(array), array.size(), array.get(0).size())
                : Tensors.of(values(array), array.size());
    }

    /// Return all numbers of a nested array.
    public static double[] values(JsonNode array) {
        return numbers(array).toArray();
    }

    private static DoubleStream numbers(JsonNode node) {
        return node.isArray()
                ? node.values().stream().flatMapToDouble(GoldenCases::numbers)
                : Stream.of(node).mapToDouble(JsonNode::doubleValue);
    }

    /// Compare values with those of a case.
    public static void assertClose(double[] actual, JsonNode array) {
        assertClose(actual, values(array));
    }

    /// Compare values with expected ones, as closely as cases hold.
    public static void assertClose(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++)
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-12 + 1e-9 * Math.abs(expected[i])));
    }
}
