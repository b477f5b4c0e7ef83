package dev.savile.technique.lora;

import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The trained factors of LoRA, and what they add at each site: `y = x W^T + b + scale * drop(x) A^T B^T`.
///
/// | tensor | shape | start |
/// |---|---|---|
/// | A of a linear | `[rank, in]` | uniform in ±1/sqrt(in) |
/// | B of a linear | `[out, rank]` | zero, so that the untrained update changes nothing |
/// | A, B of the embedding | `[rank, vocabulary]`, `[hidden, rank]` | zero, standard normal |
///
/// *Use* as the first thing to try. *Cost*: `rank * (in + out)` values a linear; no gradient of the frozen weight
/// is computed. *Reference*: Hugging Face PEFT; logits within 1e-4, training within 1e-4 over 12 steps.
public final class LoraTuning implements TrainedTuning {
    private final LoraSpec spec;
    private final DType adapterType;
    private final Map<String, Factors> linears = new LinkedHashMap<>();
    private final Map<String, Tensor> whole = new LinkedHashMap<>();
    private final List<Trainable> trainables = new ArrayList<>();
    private final String embeddingPath;
    private @Nullable Factors embedding;
    private boolean training;

    /// What a linear's update consists of.
    record Factors(Tensor a, Tensor b, double scale) {
        long rank() {
            return a.size(0);
        }
    }

    private LoraTuning(LoraSpec spec, CausalLm model, Source source) {
        this.spec = spec;
        adapterType = model.precision().linear() == DType.F64 ? DType.F64 : DType.F32;
        embeddingPath = model.spec().names().embedding();
        LoraSites sites = LoraSites.of(spec, model);
        for (Linear site : sites.linears()) {
            int rank = spec.rankOf(site.path());
            linears.put(
                    site.path(),
                    new Factors(
                            own(model, source, site.path() + ".lora_A.weight", rank, site.in()),
                            own(model, source, site.path() + ".lora_B.weight", site.out(), rank),
                            spec.scaleOf(site.path())));
        }
        if (sites.embedding()) {
            int rank = spec.rankOf(embeddingPath);
            embedding = new Factors(
                    own(
                            model,
                            source,
                            embeddingPath + ".lora_embedding_A",
                            rank,
                            model.spec().vocabulary()),
                    own(
                            model,
                            source,
                            embeddingPath + ".lora_embedding_B",
                            model.spec().hidden(),
                            rank),
                    spec.scaleOf(embeddingPath));
        }
        for (WholeParameter parameter : WholeParameter.of(spec, model, linears.keySet()))
            whole.put(
                    parameter.name(),
                    own(model, source, parameter.name(), parameter.base().shape()));
    }

    /// Gives the starting values of a trained tensor.
    @FunctionalInterface
    public interface Source {
        /// @param name  name of the tensor without PEFT's prefix, `model.layers.0.self_attn.q_proj.lora_A.weight`
        /// @param shape its shape
        Tensor start(String name, long... shape);
    }

    /// Start an untrained LoRA.
    ///
    /// @param seed each tensor draws from its own stream of it, so that adding a target shifts no other
    public static LoraTuning fresh(LoraSpec spec, CausalLm model, long seed) {
        return new LoraTuning(spec, model, new FreshValues(model, seed));
    }

    /// Take the values from elsewhere: a file, or a checkpoint.
    public static LoraTuning from(LoraSpec spec, CausalLm model, Source source) {
        return new LoraTuning(spec, model, source);
    }

    private Tensor own(CausalLm model, Source source, String name, long... shape) {
        Tensor value = source.start(name, shape).to(adapterType).on(model.device());
        Tensor leaf = (value.readOnly() ? value.copy() : value).detach().retain();
        leaf.requireGradient(true);
        trainables.add(new Trainable(name, leaf, shape.length < 2));
        return leaf;
    }

    public LoraSpec spec() {
        return spec;
    }

    /// Paths of the adapted linears, in the model's order.
    public List<String> adapted() {
        return List.copyOf(linears.keySet());
    }

    @Override
    public Tensor linear(Linear site, Tensor x) {
        return linears(List.of(site), x).getFirst();
    }

    @Override
    public List<Tensor> linears(List<Linear> sites, Tensor x) {
        List<@Nullable Factors> own = new ArrayList<>();
        boolean adapted = false;
        for (Linear site : sites) {
            Factors factors = linears.get(site.path());
            own.add(factors);
            adapted |= factors != null;
        }
        if (adapted && !dropping() && Grad.wanted(x)) return LowRankPass.apply(this, sites, own, x);
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < sites.size(); i++) {
            Tensor y = sites.get(i).apply(this, x); // [tokens, out]
            Factors factors = own.get(i);
            results.add(factors == null ? y : added(y, x, factors));
        }
        return results;
    }

    private boolean dropping() {
        return training && spec.dropout() > 0;
    }

    private Tensor added(Tensor y, Tensor x, Factors factors) {
        Tensor seen = dropping() ? Ops.dropout(x, spec.dropout()) : x;
        Tensor u = Ops.linear(seen, factors.a.to(x.dtype())); // [tokens, rank]
        return Ops.addLinearInPlace(y, u, factors.b.to(u.dtype()), factors.scale);
    }

    @Override
    public Tensor embedding(String path, Tensor table, Tensor ids) {
        Tensor x = TrainedTuning.super.embedding(path, table, ids);
        if (embedding == null || !path.equals(embeddingPath)) return x;
        Tensor rows = Ops.embedding(embedding.a.transposed(), ids); // [tokens, rank]
        return x.plus(Ops.linear(rows, embedding.b).to(x.dtype()), embedding.scale);
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        Tensor trained = whole.get(name);
        return trained == null ? base : trained.to(base.dtype());
    }

    /// Return the change that the update makes to a weight, `scale * B A`, fp32 `[out, in]`; null for a site that
    /// has none.
    public @Nullable Tensor update(String path) {
        Factors factors = linears.get(path);
        return factors == null ? null : factors.b.matmul(factors.a).times(factors.scale);
    }

    /// Return the change of the embedding table, `[vocabulary, hidden]`; null when it is not adapted.
    public @Nullable Tensor embeddingUpdate() {
        return embedding == null
                ? null
                : embedding.b.matmul(embedding.a).transposed().times(embedding.scale);
    }

    @Override
    public List<Trainable> trainables() {
        return List.copyOf(trainables);
    }

    @Override
    public void training(boolean on) {
        training = on;
    }

    @Override
    public void close() {
        trainables.forEach(t -> t.value().release());
    }

    /// Draw the starting values.
    private record FreshValues(CausalLm model, long seed) implements Source {
        @Override
        public Tensor start(String name, long... shape) {
            if (name.endsWith(".lora_A.weight")) return uniform(name, 1 / Math.sqrt((double) shape[1]), shape);
            if (name.endsWith(".lora_embedding_B")) return normal(name, shape);
            if (name.endsWith(".lora_B.weight") || name.endsWith(".lora_embedding_A"))
                return Tensors.zeros(DType.F32, model.device(), shape);
            return WholeParameter.base(model, name).copy();
        }

        private Tensor uniform(String name, double bound, long... shape) {
            Rng rng = Rng.of(seed, "init", name);
            return filled(() -> (float) ((2 * rng.nextDouble() - 1) * bound), shape);
        }

        private Tensor normal(String name, long... shape) {
            Rng rng = Rng.of(seed, "init", name);
            return filled(() -> (float) rng.nextGaussian(), shape);
        }

        private static Tensor filled(java.util.function.DoubleSupplier draw, long... shape) {
            float[] values = new float[Math.toIntExact(shape[0] * shape[1])];
            for (int i = 0; i < values.length; i++) values[i] = (float) draw.getAsDouble();
            return Tensors.of(values, shape);
        }
    }
}
