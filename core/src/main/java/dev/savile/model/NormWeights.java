package dev.savile.model;

import dev.savile.engine.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Scale and, for a layer norm, shift.
///
/// @param path module path
record NormWeights(String path, Tensor weight, @Nullable Tensor bias) {
    void collect(Map<String, Tensor> parameters) {
        parameters.put(path + ".weight", weight);
        if (bias != null) parameters.put(path + ".bias", bias);
    }
}
