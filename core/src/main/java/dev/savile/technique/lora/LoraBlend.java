package dev.savile.technique.lora;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/// One LoRA in place of several, each with a weight, which may be negative.
///
/// | method | what it does |
/// |---|---|
/// | [Method#CAT] | the exact sum of the updates; its rank is the sum of the ranks |
/// | [Method#SVD] | the best approximation of the sum at a given rank |
/// | [Method#LINEAR] | sums the factors, not their products: an approximation with cross terms, equal ranks only |
/// | [Method#TIES] | as LINEAR, with the largest values alone and, of those, the ones of the prevailing sign |
/// | [Method#DARE_LINEAR] | as LINEAR, with values dropped at random and the rest scaled up |
/// | [Method#DARE_TIES] | as LINEAR, with values dropped at random and, of the rest, the ones of the prevailing sign |
/// | [Method#MAGNITUDE_PRUNE] | as LINEAR, with the largest values alone |
/// | those that end in `_SVD` | do the same to the updates themselves, as the papers do, and bring the sum to a rank |
///
/// The steps and the papers are those of [TaskSum]. Factors enter by the roots of `|weight * scale|`, and A with the
/// weight's sign, so that the product of two sums has the weights themselves.
///
/// *Reference*: PEFT's `add_weighted_adapter` with the combination types of these names; updates within 1e-5. PEFT
/// keeps exactly so many of the largest values, whichever of equals come first, where all of these are kept here.
public final class LoraBlend {
    /// How adapters are combined.
    public enum Method {
        CAT(TaskSum.Keep.ALL, false, false),
        SVD(TaskSum.Keep.ALL, false, true),
        LINEAR(TaskSum.Keep.ALL, false, false),
        TIES(TaskSum.Keep.LARGEST, true, false),
        TIES_SVD(TaskSum.Keep.LARGEST, true, true),
        DARE_LINEAR(TaskSum.Keep.RANDOM, false, false),
        DARE_LINEAR_SVD(TaskSum.Keep.RANDOM, false, true),
        DARE_TIES(TaskSum.Keep.RANDOM, true, false),
        DARE_TIES_SVD(TaskSum.Keep.RANDOM, true, true),
        MAGNITUDE_PRUNE(TaskSum.Keep.LARGEST, false, false),
        MAGNITUDE_PRUNE_SVD(TaskSum.Keep.LARGEST, false, true);

        private final TaskSum.Keep keep;
        private final boolean elected;
        /// Whether whole updates are added up, and not their factors.
        private final boolean whole;

        /// Whether the rank of the sum can be chosen.
        public boolean takesRank() {
            return whole;
        }

        /// Whether only some of the values are kept.
        public boolean takesDensity() {
            return keep != TaskSum.Keep.ALL;
        }

        Method(TaskSum.Keep keep, boolean elected, boolean whole) {
            this.keep = keep;
            this.elected = elected;
            this.whole = whole;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How adapters are combined.
    ///
    /// @param rank    of [Method#SVD] and those that end in it; 0 for the largest of the adapters' ranks
    /// @param density share of the values that TIES, DARE and MAGNITUDE_PRUNE keep
    /// @param seed    of DARE
    public record Settings(Method method, int rank, double density, long seed) {
        public Settings {
            if (!(density > 0 && density <= 1))
                throw new UserError(
                        "blend.density",
                        "the share of values kept must be above 0 and at most 1, got " + density,
                        "nothing would be left",
                        "use 0.5");
            if (rank < 0)
                throw new UserError(
                        "blend.rank",
                        "the rank must be at least 1, or 0 for the largest of the adapters', got " + rank,
                        "the sum is brought to it",
                        "leave it out, or use 16");
        }
    }

    /// What came of it.
    ///
    /// @param error length of the difference to the exact sum, over the length of the sum
    public record Result(LoraTuning lora, double error) {}

    private final CausalLm model;
    private final List<LoraTuning> parts;
    private final double[] weights;
    private final Settings settings;
    private final TaskSum sum;

    private LoraBlend(CausalLm model, List<LoraTuning> parts, double[] weights, Settings settings) {
        this.model = model;
        this.parts = parts;
        this.weights = weights;
        this.settings = settings;
        sum = new TaskSum(settings.method.keep, settings.method.elected, settings.density, settings.seed);
    }

    /// Combine adapters. The result belongs to the caller.
    ///
    /// @throws UserError `blend.parts` when an adapter has more than low-rank updates of linears, or when the
    ///                   method needs equal ranks; `blend.weights` when there is not one number for each
    public static Result of(CausalLm model, List<LoraTuning> parts, double[] weights, Settings settings) {
        if (weights.length != parts.size() || !Arrays.stream(weights).allMatch(Double::isFinite))
            throw new UserError(
                    "blend.weights",
                    parts.size() + " adapters have the weights " + Arrays.toString(weights),
                    "each adapter counts by its weight",
                    "give one number for each, such as 0.5,0.5");
        for (LoraTuning part : parts)
            if (part.spec().dora()
                    || part.spec().updateBias()
                    || part.embeddingUpdate() != null
                    || !part.wholeParameters().isEmpty())
                throw new UserError(
                        "blend.parts",
                        "an adapter has lengths, biases, an embedding or whole modules beside its low-rank updates",
                        "such parts cannot be added up",
                        "combine plain LoRA adapters");
        return new LoraBlend(model, parts, weights, settings).blend();
    }

    /// The factors of a linear's update, and the weight of their adapter.
    private record Part(LoraTuning.Factors factors, double weight) {
        Tensor update() {
            return factors.b().matmul(factors.a()).times(factors.scale());
        }

        double share() {
            return weight * factors.scale();
        }

        double root() {
            return Math.sqrt(Math.abs(share()));
        }

        double signedRoot() {
            return share() < 0 ? -root() : root();
        }
    }

    private record Pair(Tensor a, Tensor b) {}

    private Result blend() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Map<String, Pair> pairs = new LinkedHashMap<>();
            double difference = 0;
            double length = 0;
            for (Linear site : model.linears()) {
                List<Part> own = parts(site);
                if (own.isEmpty()) continue;
                try (var each = Scope.open()) { // whole updates of all linears at once would be as large as the base
                    List<Tensor> updates = own.stream().map(Part::update).toList();
                    Tensor exact = TaskSum.weighted(updates, numbers(own, Part::weight));
                    Pair pair = pair(site, own, updates);
                    difference += squares(pair.b.matmul(pair.a).minus(exact));
                    length += squares(exact);
                    pairs.put(site.path(), new Pair(each.keep(pair.a.copy()), each.keep(pair.b.copy())));
                }
            }
            return new Result(tuning(pairs), length == 0 ? 0 : Math.sqrt(difference / length));
        }
    }

    private List<Part> parts(Linear site) {
        List<Part> own = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            LoraTuning.Factors factors = parts.get(i).factors(site.path());
            if (factors != null) own.add(new Part(factors, weights[i]));
        }
        return own;
    }

    private static List<Double> numbers(List<Part> own, ToDoubleFunction<Part> number) {
        return own.stream().mapToDouble(number).boxed().toList();
    }

    private static double squares(Tensor values) {
        return values.squared().sum().to(DType.F64).item();
    }

    private Pair pair(Linear site, List<Part> own, List<Tensor> updates) {
        if (settings.method == Method.CAT) return beside(own);
        if (settings.method.whole) {
            Ops.Svd svd = Ops.svd(sum.of(updates, numbers(own, Part::weight), site.path()));
            int rank = Math.min(settings.rank == 0 ? largestRank() : settings.rank, Math.min(site.in(), site.out()));
            return new Pair(
                    svd.v().narrow(0, 0, rank),
                    svd.u().narrow(1, 0, rank).times(svd.values().narrow(0, 0, rank)));
        }
        if (own.stream().mapToLong(part -> part.factors.rank()).distinct().count() > 1)
            throw new UserError(
                    "blend.parts",
                    "the adapters have different ranks at " + site.path(),
                    "their factors cannot be added up",
                    "use the method cat, svd or one that ends in _svd");
        return new Pair(
                sum.of(
                        own.stream().map(part -> part.factors.a()).toList(),
                        numbers(own, Part::signedRoot),
                        site.path() + ".A"),
                sum.of(
                        own.stream().map(part -> part.factors.b()).toList(),
                        numbers(own, Part::root),
                        site.path() + ".B"));
    }

    private static Pair beside(List<Part> own) {
        return new Pair(
                Tensors.concatenate(own.stream().map(part -> part.factors.a()).toList(), 0),
                Tensors.concatenate(
                        own.stream()
                                .map(part -> part.factors.b().times(part.share()))
                                .toList(),
                        1));
    }

    /// The largest rank of any adapter at any linear, also for linears where all ranks are smaller.
    private int largestRank() {
        return (int) model.linears().stream()
                .flatMap(site -> parts(site).stream())
                .mapToLong(part -> part.factors.rank())
                .max()
                .orElseThrow();
    }

    /// Make a LoRA of scale 1 with the ranks that came out.
    private LoraTuning tuning(Map<String, Pair> pairs) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        pairs.forEach((path, pair) -> ranks.put(path, (int) pair.a.size(0)));
        int usual = ranks.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        Map<String, Integer> rankPattern = new LinkedHashMap<>();
        Map<String, Double> alphaPattern = new LinkedHashMap<>();
        ranks.forEach((path, rank) -> {
            if (rank == usual) return;
            rankPattern.put(path.replace(".", "\\."), rank);
            alphaPattern.put(path.replace(".", "\\."), (double) rank);
        });
        var spec = new LoraSpec(
                usual,
                usual,
                0,
                new Targets.Names(List.copyOf(pairs.keySet())),
                new Targets.Names(List.of()),
                List.of(),
                List.of(),
                rankPattern,
                alphaPattern,
                false,
                false,
                1,
                LoraStart.USUAL,
                LoraSpec.Bias.NONE,
                List.of(),
                false);
        return LoraTuning.from(spec, model, (name, shape) -> {
            boolean isA = name.endsWith(".lora_A.weight");
            String path = name.substring(0, name.lastIndexOf(".lora_"));
            Pair pair = Objects.requireNonNull(pairs.get(path));
            return isA ? pair.a : pair.b;
        });
    }
}
