package dev.savile.technique.ia3;

import dev.savile.common.UserError;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.technique.Draws;
import dev.savile.technique.Leaves;
import dev.savile.technique.StartValues;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.Unmatched;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The trained factors of IA3: `y = l * (x W^T + b)`, and `y = (l * x) W^T + b` in the feed-forward part.
///
/// Keys are scaled before they are rotated. Factors start at one, so that the untrained technique changes nothing,
/// and never decay: that would draw them to zero, which switches a layer off. *Use* when almost nothing may be
/// stored. *Cost*: two products a token and site. *Reference*: Hugging Face PEFT; logits within 1e-4, training
/// within 1e-4 over 12 steps.
public final class Ia3Tuning implements TrainedTuning {
    private final Ia3Spec spec;
    private final Leaves leaves;
    private final Map<String, Factor> factors = new LinkedHashMap<>();

    /// @param values  `[out, 1]`, or `[1, in]` for a factor on the input
    /// @param onInput whether the input is scaled
    private record Factor(Tensor values, boolean onInput) {
        Tensor row() {
            return values.reshape(values.count());
        }
    }

    private Ia3Tuning(Ia3Spec spec, CausalLm model, StartValues start) {
        this.spec = spec;
        leaves = new Leaves(model, start);
        String head = model.spec().names().head();
        for (Linear linear : model.linears()) {
            String path = linear.path();
            if (!spec.targets().chooses(path, head) || spec.excluded().chooses(path, head)) continue;
            boolean onInput = spec.feedForward().chooses(path, head);
            Tensor values = onInput
                    ? leaves.add(path + ".ia3_l", true, 1, linear.in())
                    : leaves.add(path + ".ia3_l", true, linear.out(), 1);
            factors.put(path, new Factor(values, onInput));
        }
        if (factors.isEmpty())
            throw new UserError(
                    "ia3.targets",
                    "no linear of this model matches " + spec.targets(),
                    "there would be nothing to train",
                    "the linears of this model end in: " + String.join(", ", model.linearNames()));
    }

    /// Start an untrained IA3.
    ///
    /// @throws UserError `ia3.targets`, `ia3.feed-forward` or `ia3.exclude` for an entry that matches no linear
    public static Ia3Tuning fresh(Ia3Spec spec, CausalLm model) {
        List<String> paths = model.linears().stream().map(Linear::path).toList();
        Unmatched.modules("ia3.targets", spec.targets().without(paths), paths);
        String head = model.spec().names().head();
        List<String> chosen = paths.stream()
                .filter(path -> spec.targets().chooses(path, head))
                .toList();
        // a part of the targets, as in PEFT: the input of any other linear is scaled by nothing
        Unmatched.modules("ia3.feed-forward", spec.feedForward().without(chosen), chosen);
        Unmatched.modules("ia3.exclude", spec.excluded().without(paths), paths);
        var draws = new Draws(model.device(), 0);
        return new Ia3Tuning(spec, model, (_, shape) -> draws.ones(shape));
    }

    public static Ia3Tuning from(Ia3Spec spec, CausalLm model, StartValues start) {
        return new Ia3Tuning(spec, model, start);
    }

    public Ia3Spec spec() {
        return spec;
    }

    /// Paths of the adapted linears, in the model's order.
    public List<String> adapted() {
        return List.copyOf(factors.keySet());
    }

    @Override
    public Tensor linear(Linear site, Tensor x) {
        return scaledOutput(site, site.apply(this, scaledInput(site, x)));
    }

    @Override
    public Tensor headWeight(Linear head) {
        return scaledWeight(head, TrainedTuning.super.headWeight(head));
    }

    @Override
    public boolean makesHead(Linear head) {
        return factors.containsKey(head.path());
    }

    /// Whether what a linear reads is scaled.
    public boolean scalesInput(Linear site) {
        Factor factor = factors.get(site.path());
        return factor != null && factor.onInput;
    }

    /// Return what a linear reads, scaled where its input has a factor.
    public Tensor scaledInput(Linear site, Tensor x) {
        Factor factor = factors.get(site.path());
        return factor == null || !factor.onInput ? x : x.times(factor.row().to(x.dtype()));
    }

    /// Return what a linear gave, scaled where its output has a factor.
    public Tensor scaledOutput(Linear site, Tensor y) {
        Factor factor = factors.get(site.path());
        return factor == null || factor.onInput ? y : y.times(factor.row().to(y.dtype()));
    }

    /// Return a linear's weight with its factor in it: `l * W`, or `W * l` for a factor on the input.
    public Tensor scaledWeight(Linear site, Tensor weight) {
        Factor factor = factors.get(site.path());
        return factor == null ? weight : weight.times(factor.values.to(weight.dtype()));
    }

    /// Return weight and bias of a linear with their factors in them, by parameter name; nothing for a linear without a
    /// factor. `W' = l * W, b' = l * b`, or `W' = W * l` for a factor on the input.
    ///
    /// @param weight in place of the linear's own; null for that
    /// @param bias   likewise
    public Map<String, Tensor> merged(Linear site, @Nullable Tensor weight, @Nullable Tensor bias) {
        Factor factor = factors.get(site.path());
        if (factor == null) return Map.of();
        Tensor values = factor.values();
        Map<String, Tensor> merged = new LinkedHashMap<>();
        Tensor whole = weight == null ? site.weight() : weight;
        merged.put(site.path() + ".weight", scaledWeight(site, whole.to(values.dtype())));
        Tensor added = bias == null ? site.bias() : bias;
        if (added != null && !factor.onInput())
            merged.put(site.path() + ".bias", added.to(values.dtype()).times(factor.row()));
        return merged;
    }

    @Override
    public List<Trainable> trainables() {
        return leaves.list();
    }

    @Override
    public void training(boolean on) {
        // nothing here differs between training and use
    }

    @Override
    public void close() {
        leaves.close();
    }
}
