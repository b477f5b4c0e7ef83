package dev.savile.technique;

import dev.savile.common.UserError;
import dev.savile.engine.Tensor;
import dev.savile.forest.KeyValues;
import dev.savile.model.Lead;
import dev.savile.model.Linear;
import dev.savile.model.Sublayer;
import dev.savile.model.Tuning;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.SoftPromptTuning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Several techniques at once, each at its own places: a soft prompt at the embedding, a prefix in the cache, factors
/// of IA3 outside the low-rank update, a bottleneck behind the halves of a layer.
///
///     x' = l_in * x;   y = l_out * (x' W^T + b + s x' A^T B^T)
public final class Combination implements TrainedTuning {
    private final Map<String, TrainedTuning> parts;
    private final @Nullable SoftPromptTuning soft;
    private final @Nullable Ia3Tuning ia3;
    private final Tuning linears;
    private final Tuning halves;
    private final Lead lead;

    private Combination(Map<String, TrainedTuning> parts) {
        this.parts = parts;
        soft = part(SoftPromptTuning.class);
        ia3 = part(Ia3Tuning.class);
        LoraTuning lora = part(LoraTuning.class);
        linears = lora == null ? Tuning.NONE : lora;
        BottleneckTuning networks = part(BottleneckTuning.class);
        halves = networks == null ? Tuning.NONE : networks;
        List<KeyValues> given = new ArrayList<>();
        PrefixTuning prefix = part(PrefixTuning.class);
        if (prefix != null) given.addAll(prefix.lead().given());
        lead = new Lead(given, soft == null ? new int[0] : soft.lead().ids());
    }

    /// Combine techniques.
    ///
    /// @param parts by their ids
    /// @throws UserError `technique.combination` for two at the same places, or full tuning, which leaves nothing
    ///                   for others
    public static Combination of(Map<String, TrainedTuning> parts) {
        Set<Class<?>> kinds = new LinkedHashSet<>();
        for (Map.Entry<String, TrainedTuning> entry : parts.entrySet()) {
            TrainedTuning part = entry.getValue();
            boolean known = part instanceof SoftPromptTuning
                    || part instanceof PrefixTuning
                    || part instanceof Ia3Tuning
                    || part instanceof LoraTuning
                    || part instanceof BottleneckTuning;
            if (!known || !kinds.add(part.getClass()))
                throw new UserError(
                        "technique.combination",
                        entry.getKey() + " cannot be combined with " + String.join(", ", parts.keySet()),
                        known ? "both change the same places" : "it changes every weight",
                        "combine one each of lora or dora, ia3, bottleneck, prefix_tuning, and prompt_tuning or p_tuning");
        }
        return new Combination(new LinkedHashMap<>(parts));
    }

    private <T extends TrainedTuning> @Nullable T part(Class<T> kind) {
        return parts.values().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElse(null);
    }

    /// The techniques by their ids.
    public Map<String, TrainedTuning> parts() {
        return Collections.unmodifiableMap(parts);
    }

    @Override
    public Lead lead() {
        return lead;
    }

    @Override
    public Tensor virtual(int... indices) {
        if (soft == null) throw new IllegalStateException("no part has virtual tokens");
        return soft.virtual(indices);
    }

    @Override
    public Tensor linear(Linear site, Tensor x) {
        return linears(List.of(site), x).getFirst();
    }

    @Override
    public List<Tensor> linears(List<Linear> sites, Tensor x) {
        Ia3Tuning factors = ia3;
        if (factors == null) return linears.linears(sites, x);
        boolean sameInput = sites.stream().noneMatch(factors::scalesInput);
        List<Tensor> results = sameInput
                ? linears.linears(sites, x)
                : sites.stream()
                        .map(site -> linears.linear(site, factors.scaledInput(site, x)))
                        .toList();
        return IntStream.range(0, sites.size())
                .mapToObj(i -> factors.scaledOutput(sites.get(i), results.get(i)))
                .toList();
    }

    @Override
    public Tensor headWeight(Linear head) {
        Tensor weight = linears.headWeight(head);
        return ia3 == null ? weight : ia3.scaledWeight(head, weight);
    }

    @Override
    public boolean makesHead(Linear head) {
        return linears.makesHead(head) || (ia3 != null && ia3.makesHead(head));
    }

    @Override
    public Tensor embedding(String path, Tensor table, Tensor ids) {
        return linears.embedding(path, table, ids);
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        return linears.parameter(name, base);
    }

    @Override
    public Tensor residual(Sublayer half, int layer, Tensor x, Tensor change) {
        return halves.residual(half, layer, x, change);
    }

    /// The tensors of all parts, each named by its part.
    @Override
    public List<Trainable> trainables() {
        List<Trainable> all = new ArrayList<>();
        parts.forEach((id, part) -> {
            for (Trainable t : part.trainables()) all.add(t.of(id));
        });
        return all;
    }

    @Override
    public void training(boolean on) {
        parts.values().forEach(part -> part.training(on));
    }

    @Override
    public void close() {
        parts.values().forEach(TrainedTuning::close);
    }
}
