package dev.savile.technique.full;

import dev.savile.engine.DType;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The weights themselves, trained: fp32 copies that stand in for the base's own.
///
/// Where the model computes in bf16 the fp32 masters are rounded at each use; an update of 1e-4 to a weight of 1
/// would be lost in bf16. A tied head and embedding are one tensor, whose gradients add up. *Use* when there is a
/// lot of data and one model to serve. *Cost*: values, gradients and two moments of every weight. *Reference*:
/// Hugging Face transformers; training within 1e-4 over 12 steps.
public final class FullTuning implements TrainedTuning {
    private final Map<String, Tensor> masters = new LinkedHashMap<>();
    private final List<Trainable> trainables = new ArrayList<>();

    private FullTuning(FullSpec spec, CausalLm model, Source source) {
        model.requireWhole("full fine-tuning");
        spec.requireMatches(model.namedParameters().keySet());
        DType type = model.precision().linear() == DType.F64 ? DType.F64 : DType.F32;
        model.namedParameters().forEach((name, base) -> {
            if (!spec.chooses(name)) return;
            // A converted value shares its memory with the master, and must not outlive it.
            try (var scope = Scope.open()) {
                Tensor value =
                        source.start(name, base).to(type).on(model.device()).contiguous();
                Tensor master = (value.readOnly() || value == base ? value.copy() : value)
                        .detach()
                        .retain();
                master.requireGradient(true);
                masters.put(name, master);
                trainables.add(new Trainable(name, master, base.dimensions() < 2));
            }
            model.unload(name); // nothing reads it while the master stands in for it
        });
    }

    /// Gives the starting values of a parameter.
    @FunctionalInterface
    public interface Source {
        Tensor start(String name, Tensor base);
    }

    /// Start from the base's values.
    ///
    /// @throws dev.savile.common.UserError `full.parameters` for a pattern that matches no parameter
    public static FullTuning fresh(FullSpec spec, CausalLm model) {
        return new FullTuning(spec, model, (_, base) -> base);
    }

    /// Take the values from elsewhere: a checkpoint.
    public static FullTuning from(FullSpec spec, CausalLm model, Source source) {
        return new FullTuning(spec, model, source);
    }

    /// Return the fp32 values of a trained parameter; empty for one that is not trained.
    public Optional<Tensor> master(String name) {
        return Optional.ofNullable(masters.get(name));
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        Tensor master = masters.get(name);
        return master == null ? base : master.to(base.dtype());
    }

    @Override
    public List<Trainable> trainables() {
        return List.copyOf(trainables);
    }

    @Override
    public void training(boolean on) {
        // nothing here differs between training and use
    }

    @Override
    public void close() {
        masters.values().forEach(Tensor::release);
    }
}
