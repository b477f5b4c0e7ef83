package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.testing.TinyModels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyValueCacheTest {
    private static Tensor random(Rng rng, int tokens) {
        float[] values = new float[tokens * 2 * 8];
        for (int i = 0; i < values.length; i++) values[i] = (float) rng.nextGaussian();
        return Tensors.of(values, tokens, 2, 8);
    }

    @Test
    void whatWasWrittenInPiecesIsReadAsOne() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            EngineThread.run(() -> {
                Rng rng = Rng.of(1, "cache");
                try (var scope = Scope.open();
                        var cache = new KeyValueCache(model)) {
                    List<Tensor> keys = new ArrayList<>();
                    List<Tensor> values = new ArrayList<>();
                    for (int tokens : new int[] {1, 1, 70, 300, 2}) {
                        Tensor k = random(rng, tokens);
                        Tensor v = random(rng, tokens);
                        keys.add(k);
                        values.add(v);
                        try (var step = Scope.open()) {
                            cache.reserve(tokens);
                            for (int layer = 0; layer < 3; layer++) cache.write(layer, k, v);
                            cache.advance(tokens);
                        }
                    }
                    float[] allKeys =
                            Tensors.concatenate(keys, 0).transpose(0, 1).toFloats();
                    float[] allValues =
                            Tensors.concatenate(values, 0).transpose(0, 1).toFloats();
                    assertThat(cache.length()).isEqualTo(374);
                    for (int layer = 0; layer < 3; layer++) {
                        assertThat(cache.keys(layer).toFloats()).isEqualTo(allKeys);
                        assertThat(cache.values(layer).toFloats()).isEqualTo(allValues);
                    }
                }
            });
        }
    }

    @Test
    void aPassThatFailsLeavesTheCacheAsItWas() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            EngineThread.run(() -> {
                Rng rng = Rng.of(2, "cache");
                try (var scope = Scope.open();
                        var cache = new KeyValueCache(model)) {
                    Tensor first = random(rng, 3);
                    cache.reserve(3);
                    for (int layer = 0; layer < 3; layer++) cache.write(layer, first, first);
                    cache.advance(3);
                    float[] before = cache.keys(0).toFloats();
                    cache.reserve(200);
                    cache.write(0, random(rng, 200), random(rng, 200));
                    assertThat(cache.length()).isEqualTo(3);
                    assertThat(cache.keys(0).toFloats()).isEqualTo(before);
                    assertThatThrownBy(() -> cache.advance(1000)).isInstanceOf(IllegalStateException.class);
                }
            });
        }
    }
}
