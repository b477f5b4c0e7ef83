package dev.savile.generate;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import java.util.Arrays;

/// The slow truth: every token from a full pass over all tokens before it.
final class Recomputed {
    private Recomputed() {}

    static int[] continued(CausalLm model, int[] prompt, Sampling sampling, DrawKey key, int tokens) {
        return EngineThread.call(() -> {
            var sampler = new Sampler(sampling, key, prompt);
            int[] ids = Arrays.copyOf(prompt, prompt.length + tokens);
            for (int at = prompt.length; at < ids.length; at++) {
                try (var scope = Scope.open();
                        var off = Grad.off()) {
                    Tensor hidden = model.forward(TokenForest.ofRow(Arrays.copyOf(ids, at)), Tuning.NONE);
                    ids[at] = sampler.next(model.logits(hidden.narrow(0, at - 1, 1), Tuning.NONE)
                            .toFloats());
                }
            }
            return Arrays.copyOfRange(ids, prompt.length, ids.length);
        });
    }

    static int[] greedy(CausalLm model, int[] prompt, int tokens) {
        return continued(model, prompt, Sampling.GREEDY, DrawKey.SINGLE, tokens);
    }

    static int[] prompt(CausalLm model, String name, int length) {
        Rng rng = Rng.of(3, "prompt", name);
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) ids[i] = rng.nextInt(model.spec().vocabulary());
        return ids;
    }
}
