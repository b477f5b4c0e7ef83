package dev.savile.technique.lora;

import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Draws;
import dev.savile.technique.Leaves;
import dev.savile.technique.StartValues;
import dev.savile.technique.Trainable;
import dev.savile.technique.Trainable.Rate;
import dev.savile.technique.TrainedTuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The trained factors of LoRA, and what they add at each site: `y = x W^T + b + scale * drop(x) A^T B^T`.
///
/// With DoRA the rows of the changed weight get a trained length m: `y = b + (m / N) * (x W^T + scale * x A^T B^T)`,
/// where N is the present length of each row of `W + scale * B A` and is taken as a constant.
///
/// | tensor | shape | start |
/// |---|---|---|
/// | A of a linear | `[rank, in]` | uniform in ±1/sqrt(in) |
/// | B of a linear | `[out, rank]` | zero, so that the untrained update changes nothing |
/// | m of a linear, DoRA | `[out]` | N |
/// | bias of an update, if there is one | `[out]` | zero |
/// | A, B of the embedding | `[rank, vocabulary]`, `[hidden, rank]` | zero, standard normal |
///
/// *Use* as the first thing to try. *Cost*: `rank * (in + out)` values a linear; no gradient of the frozen weight
/// is computed, but for the output head as a target, whose weight and gradient are made whole in each pass.
/// *Reference*: Hugging Face PEFT; logits within 1e-4, training within 1e-4 over 12 steps.
public final class LoraTuning implements TrainedTuning {
    private static final String UPDATE_BIAS = ".lora_B.bias";

    private final LoraSpec spec;
    private final Leaves leaves;
    private final Map<String, Factors> linears = new LinkedHashMap<>();
    private final Map<String, Tensor> whole = new LinkedHashMap<>();
    /// What the factors were taken from a weight, and the rest of it, by the linear's path; empty with the usual start.
    private final Map<String, Taken> taken = new LinkedHashMap<>();
    private final String embeddingPath;
    private final String headPath;
    private @Nullable Factors embedding;
    private boolean training;

    /// What a linear's update consists of.
    ///
    /// @param bias      null where the update has none
    /// @param magnitude null without DoRA
    record Factors(
            Tensor a,
            Tensor b,
            @Nullable Tensor bias,
            double scale,
            @Nullable Magnitude magnitude) {
        long rank() {
            return a.size(0);
        }
    }

    /// @param rest the weight without the factors, which stands in for it
    private record Taken(Decomposition factors, Tensor rest) {
        void release() {
            factors.a().release();
            factors.b().release();
            rest.release();
        }
    }

    private LoraTuning(LoraSpec spec, CausalLm model, StartValues start) {
        this.spec = spec;
        leaves = new Leaves(model, start);
        embeddingPath = model.spec().names().embedding();
        headPath = model.spec().names().head();
        LoraSites sites = LoraSites.of(spec, model);
        for (Linear site : sites.linears()) {
            String path = site.path();
            int rank = spec.rankOf(path);
            Rate faster = new Rate.Times(spec.plusRatio());
            linears.put(
                    path,
                    new Factors(
                            leaves.add(path + ".lora_A.weight", rank, site.in()),
                            leaves.add(path + ".lora_B.weight", false, faster, site.out(), rank),
                            spec.updateBias() ? leaves.add(path + UPDATE_BIAS, true, faster, site.out()) : null,
                            spec.scaleOf(path),
                            spec.dora() ? new Magnitude(leaves.add(path + Magnitude.SUFFIX, site.out()), site) : null));
        }
        if (sites.embedding()) {
            int rank = spec.rankOf(embeddingPath);
            Rate own = spec.plusRatio() == 1 ? Rate.USUAL : new Rate.Own(LoraSpec.PLUS_EMBEDDING_RATE);
            embedding = new Factors(
                    leaves.add(
                            embeddingPath + ".lora_embedding_A",
                            false,
                            own,
                            rank,
                            model.spec().vocabulary()),
                    leaves.add(
                            embeddingPath + ".lora_embedding_B",
                            false,
                            own,
                            model.spec().hidden(),
                            rank),
                    null,
                    spec.scaleOf(embeddingPath),
                    null);
        }
        for (WholeParameter parameter : WholeParameter.of(spec, model, linears.keySet()))
            whole.put(
                    parameter.name(),
                    leaves.add(parameter.name(), parameter.base().shape()));
    }

    /// Start an untrained LoRA.
    ///
    /// @param seed each tensor draws from its own stream of it, so that adding a target shifts no other
    /// @throws UserError `lora.targets` and the like, for a name in the setting that stands for nothing in the
    ///         model
    public static LoraTuning fresh(LoraSpec spec, CausalLm model, long seed) {
        LoraSites.requireNamed(spec, model);
        LoraSites.of(spec, model).requireRanks(spec);
        var draws = new Draws(model.device(), seed);
        if (spec.start() == LoraStart.USUAL) return new LoraTuning(spec, model, fresh(model, draws));
        model.requireWhole("the start " + spec.start().name().toLowerCase(Locale.ROOT));
        Map<String, Taken> taken = new LinkedHashMap<>();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (Linear site : LoraSites.of(spec, model).linears()) {
                double scale = spec.scaleOf(site.path());
                Decomposition parts = Decomposition.of(spec.start(), site, spec.rankOf(site.path()), scale, draws);
                Tensor weight = site.weight().to(site.weight().dtype().wide());
                Tensor rest = weight.plus(parts.b().matmul(parts.a()), -scale)
                        .to(site.weight().dtype());
                parts.a().retain();
                parts.b().retain();
                taken.put(site.path(), new Taken(parts, rest.retain()));
            }
        }
        StartValues usual = fresh(model, draws);
        var tuning = new LoraTuning(spec, model, (name, shape) -> {
            Taken own = taken.get(module(name, ".lora_"));
            if (own == null || name.endsWith(UPDATE_BIAS)) return usual.start(name, shape);
            return (name.endsWith(".lora_A.weight") ? own.factors.a() : own.factors.b()).copy();
        });
        tuning.taken.putAll(taken);
        return tuning;
    }

    /// Take the values from elsewhere: a file, or a checkpoint. Names in the setting may stand for nothing, as PEFT's.
    public static LoraTuning from(LoraSpec spec, CausalLm model, StartValues start) {
        return new LoraTuning(spec, model, start);
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
        boolean biasesTrained = spec.dora() && spec.bias() != LoraSpec.Bias.NONE; // they stand outside the magnitude
        if (adapted && !dropping() && !biasesTrained && Grad.wanted(x)) return LowRankPass.apply(this, sites, own, x);
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < sites.size(); i++) {
            Tensor y = sites.get(i).apply(this, x); // [tokens, out]
            Factors factors = own.get(i);
            results.add(factors == null ? y : added(sites.get(i), y, x, factors));
        }
        return results;
    }

    /// Return the head's weight with its update in it, in the base's type. A gradient of it, dW, comes back to the
    /// factors as `dB = scale dW A^T` and `dA = scale B^T dW`.
    @Override
    public Tensor headWeight(Linear head) {
        return linears.containsKey(head.path())
                ? merged(head).to(head.weight().dtype())
                : TrainedTuning.super.headWeight(head);
    }

    @Override
    public boolean makesHead(Linear head) {
        return linears.containsKey(head.path());
    }

    private boolean dropping() {
        return training && spec.dropout() > 0;
    }

    private Tensor added(Linear site, Tensor y, Tensor x, Factors factors) {
        Tensor seen = dropping() ? Ops.dropout(x, spec.dropout()) : x;
        Tensor u = Ops.linear(seen, factors.a.to(x.dtype())); // [tokens, rank]
        Tensor b = factors.b.to(u.dtype());
        Magnitude magnitude = factors.magnitude;
        if (magnitude == null) {
            Tensor sum = Ops.addLinearInPlace(y, u, b, factors.scale);
            return factors.bias == null ? sum : sum.plus(factors.bias.to(y.dtype()), factors.scale);
        }
        Tensor plain = y;
        if (dropping()) plain = new Linear(site.path(), site.matrix(), null, site.conv1d()).apply(this, seen);
        else if (site.bias() != null) plain = y.minus(parameter(site.path() + ".bias", site.bias()));
        Tensor ratio = magnitude.ratio(factors).to(y.dtype()); // [out]
        return y.plus(plain.times(ratio.plus(-1))).plus(Ops.linear(u, b).times(ratio), factors.scale);
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
        if (trained != null) return trained.to(base.dtype());
        Taken own = taken.isEmpty() ? null : taken.get(module(name, ".weight"));
        return own == null ? base : own.rest;
    }

    /// The path of the module that a tensor belongs to, or its whole name where the mark of such tensors is not in it.
    private static String module(String name, String mark) {
        int at = name.lastIndexOf(mark);
        return at < 0 ? name : name.substring(0, at);
    }

    /// Return the same update for a base whose weights are whole: factors that were taken from a weight come back with
    /// the opposite sign, `A' = [A; A0]`, `B' = [B, -B0]`, which doubles the rank. Without such factors it is the
    /// setting as it is.
    public LoraSpec published() {
        if (taken.isEmpty()) return spec;
        Map<String, Integer> ranks = new LinkedHashMap<>(spec.rankPattern());
        ranks.replaceAll((path, rank) -> 2 * rank);
        double factor = spec.stabilized() ? Math.sqrt(2) : 2;
        Map<String, Double> alphas = new LinkedHashMap<>(spec.alphaPattern());
        alphas.replaceAll((path, alpha) -> factor * alpha);
        return new LoraSpec(
                2 * spec.rank(),
                factor * spec.alpha(),
                spec.dropout(),
                spec.targets(),
                spec.excluded(),
                spec.layers(),
                spec.layersPattern(),
                ranks,
                alphas,
                spec.stabilized(),
                false,
                spec.plusRatio(),
                LoraStart.USUAL,
                spec.bias(),
                spec.saved(),
                spec.updateBias());
    }

    /// Return a trained tensor as it belongs to [#published].
    public Tensor published(Trainable trained) {
        String name = trained.name();
        Taken own = taken.get(module(name, ".lora_"));
        if (name.endsWith(UPDATE_BIAS)) return trained.value();
        if (own == null)
            return taken.isEmpty()
                    ? trained.value()
                    : ofTwiceTheRank(name, trained.value().detach());
        Tensor value = trained.value().detach();
        return name.endsWith(".lora_A.weight")
                ? Tensors.concatenate(List.of(value, own.factors.a()), 0)
                : Tensors.concatenate(List.of(value, own.factors.b().negated()), 1);
    }

    /// An embedding's factors are not taken from its weight, and have the rank of the others all the same: zeros make
    /// it up.
    private static Tensor ofTwiceTheRank(String name, Tensor value) {
        boolean first = name.endsWith(".lora_embedding_A");
        if (!first && !name.endsWith(".lora_embedding_B")) return value;
        Tensor zeros = Tensors.zeros(value.dtype(), value.device(), value.shape());
        return Tensors.concatenate(List.of(value, zeros), first ? 0 : 1);
    }

    /// The update of a linear; null where there is none.
    @Nullable
    Factors factors(String path) {
        return linears.get(path);
    }

    /// Return what is trained whole beside the updates, by parameter name.
    public Map<String, Tensor> wholeParameters() {
        return Map.copyOf(whole);
    }

    /// Return a weight with its update, `W + scale * B A`, rows brought to their trained lengths with DoRA; `[out,
    /// in]` in the type of the trained values. A site without an update gives its own weight.
    public Tensor merged(Linear site) {
        Tensor weight = parameter(site.path() + ".weight", site.weight());
        Factors factors = linears.get(site.path());
        if (factors == null) return weight;
        Tensor sum = weight.to(factors.a.dtype()).plus(factors.b.matmul(factors.a), factors.scale);
        Magnitude magnitude = factors.magnitude;
        return magnitude == null ? sum : sum.times(magnitude.ratio(factors).unsqueeze(1));
    }

    /// Return a linear's bias with that of its update, `b + scale * bB`; null where the update has none.
    ///
    /// @throws UserError `merge.bias` where the base has no bias
    public @Nullable Tensor mergedBias(Linear site) {
        Factors factors = linears.get(site.path());
        if (factors == null || factors.bias == null) return null;
        if (site.bias() == null)
            throw new UserError(
                    "merge.bias",
                    "the update of " + site.path() + " has a bias, the base has none there",
                    "the merged model would have no place for it",
                    "serve the adapter over its base");
        Tensor base = parameter(site.path() + ".bias", site.bias());
        return base.to(factors.bias.dtype()).plus(factors.bias, factors.scale);
    }

    /// Return the change of the embedding table, `[vocabulary, hidden]`; null when it is not adapted.
    public @Nullable Tensor embeddingUpdate() {
        return embedding == null
                ? null
                : embedding.b.matmul(embedding.a).transposed().times(embedding.scale);
    }

    @Override
    public List<Trainable> trainables() {
        return leaves.list();
    }

    /// @throws UserError `lora.dropout` when inputs of the output head were to be dropped
    @Override
    public void training(boolean on) {
        if (on && spec.dropout() > 0 && linears.containsKey(headPath))
            throw new UserError(
                    "lora.dropout",
                    "the output head is a target, and dropout is " + spec.dropout(),
                    "training makes the head's weight whole, where the update has no input to be dropped",
                    "use dropout=0, or leave " + headPath + " out of the targets");
        training = on;
    }

    @Override
    public void close() {
        for (Factors factors : linears.values()) if (factors.magnitude != null) factors.magnitude.close();
        taken.values().forEach(Taken::release);
        leaves.close();
    }

    private static StartValues fresh(CausalLm model, Draws draws) {
        return (name, shape) -> {
            if (name.endsWith(".lora_A.weight")) return draws.uniform(name, 1 / Math.sqrt((double) shape[1]), shape);
            if (name.endsWith(".lora_embedding_B")) return draws.normal(name, 1, shape);
            if (name.endsWith(".lora_B.weight") || name.endsWith(UPDATE_BIAS)) return draws.zeros(shape);
            if (name.endsWith(".lora_embedding_A")) return draws.zeros(shape);
            if (name.endsWith(Magnitude.SUFFIX)) return Magnitude.start(model, module(name, Magnitude.SUFFIX));
            return WholeParameter.base(model, name).copy();
        };
    }
}
