package dev.savile.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The parts of one decoder layer.
record Layer(
        NormWeights inputNorm,
        List<Linear> queryKeyValue,
        @Nullable NormWeights queryNorm,
        @Nullable NormWeights keyNorm,
        Linear attentionOut,
        NormWeights feedForwardNorm,
        @Nullable Linear gate,
        Linear up,
        Linear down) {}
