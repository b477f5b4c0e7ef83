package dev.savile.testing;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;
import dev.savile.model.WeightNames;
import dev.savile.model.WeightStorage;
import dev.savile.model.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Build models of a few thousand random values, the same in every run.
public final class TinyModels {
    private static final int LAYERS = 3;
    private static final double SPREAD = 0.25;

    private TinyModels() {}

    /// Llama's shape: rotary positions, grouped queries, gated feed-forward part, a head of its own.
    public static ModelSpec llama() {
        return llama(0);
    }

    /// Llama's shape with a sliding window in all layers but the first; 0 for none.
    public static ModelSpec llama(int window) {
        return llama(window, new RotaryScaling.None());
    }

    public static ModelSpec llama(int window, RotaryScaling scaling) {
        List<Integer> windows = new java.util.ArrayList<>(Collections.nCopies(LAYERS, window));
        windows.set(0, 0);
        return new ModelSpec(
                "llama",
                97,
                32,
                4,
                2,
                8,
                48,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.RMS, 1e-5),
                new ModelSpec.Rotary(10_000, scaling),
                windows,
                false,
                ModelSpec.Activation.GATED_SILU,
                false,
                1024,
                WeightNames.llama(false, List.of()));
    }

    /// Qwen2's shape: biases on queries, keys and values.
    public static ModelSpec qwen2() {
        return qwen("qwen2", WeightNames.llama(false, List.of("q_proj", "k_proj", "v_proj")), false);
    }

    /// Qwen3's shape: norms on queries and keys, heads wider than the model's share.
    public static ModelSpec qwen3() {
        return qwen("qwen3", WeightNames.llama(true, List.of()), true);
    }

    private static ModelSpec qwen(String family, WeightNames names, boolean headNorms) {
        return new ModelSpec(
                family,
                83,
                24,
                4,
                2,
                10,
                40,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.RMS, 1e-6),
                new ModelSpec.Rotary(10_000, new RotaryScaling.None()),
                Collections.nCopies(LAYERS, 0),
                headNorms,
                ModelSpec.Activation.GATED_SILU,
                true,
                512,
                names);
    }

    /// One shape of each family: what holds for all of these holds for every decoder there is.
    public static List<ModelSpec> families() {
        return List.of(llama(), llama(6), qwen2(), qwen3(), gpt2());
    }

    /// GPT-2's shape: learned positions, shifted layer norms, one fused linear for queries, keys and values, tied
    /// head.
    public static ModelSpec gpt2() {
        String layer = "transformer.h.%d.";
        var names = new WeightNames(
                "transformer.wte",
                "transformer.wpe",
                layer + "ln_1",
                List.of(layer + "attn.c_attn"),
                layer + "attn.c_proj",
                null,
                null,
                layer + "ln_2",
                null,
                layer + "mlp.c_fc",
                layer + "mlp.c_proj",
                "transformer.ln_f",
                "lm_head",
                true,
                List.of("c_attn", "c_proj", "c_fc"),
                "transformer.");
        return new ModelSpec(
                "gpt2",
                89,
                32,
                4,
                4,
                8,
                64,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.LAYER, 1e-5),
                new ModelSpec.Learned(),
                Collections.nCopies(LAYERS, 0),
                false,
                ModelSpec.Activation.PLAIN_GELU_TANH,
                true,
                128,
                names);
    }

    /// One layer with one head, to hold what stands in it or behind it.
    public static ModelSpec oneLayer(int vocabulary, int hidden, boolean tiedHead) {
        return new ModelSpec(
                "llama",
                vocabulary,
                hidden,
                1,
                1,
                4,
                8,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.RMS, 1e-5),
                new ModelSpec.Rotary(10_000, new RotaryScaling.None()),
                List.of(0),
                false,
                ModelSpec.Activation.GATED_SILU,
                tiedHead,
                16,
                WeightNames.llama(false, List.of()));
    }

    /// Build a model of a shape with random weights; the caller closes it.
    public static CausalLm of(ModelSpec spec, Precision precision) {
        return of(spec, precision, WeightStorage.WHOLE);
    }

    /// Build it with the weights of its layers' linears in another form.
    public static CausalLm of(ModelSpec spec, Precision precision, WeightStorage storage) {
        return EngineThread.call(() -> {
            try (var scope = Scope.open()) { // what building makes on the way must not wait for the collector
                return CausalLm.of(spec, weights(spec, precision), storage, precision, Device.CPU);
            }
        });
    }

    /// Build the model in fp32.
    public static CausalLm of(ModelSpec spec) {
        return of(spec, Precision.FP32);
    }

    private static Weights weights(ModelSpec spec, Precision precision) {
        Map<String, long[]> shapes = shapes(spec);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> tensors.put(name, random(name, shape, precision.linear())));
        return new Weights() {
            @Override
            public List<String> names() {
                return List.copyOf(tensors.keySet());
            }

            @Override
            public boolean has(String name) {
                return tensors.containsKey(name);
            }

            @Override
            public Tensor tensor(String name) {
                Tensor tensor = tensors.get(name);
                if (tensor == null) throw new IllegalArgumentException("no tensor " + name);
                return tensor;
            }

            @Override
            public void close() {
                tensors.values().forEach(Tensor::release);
            }
        };
    }

    private static Map<String, long[]> shapes(ModelSpec spec) {
        WeightNames names = spec.names();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(names.embedding() + ".weight", new long[] {spec.vocabulary(), spec.hidden()});
        if (names.positions() != null)
            shapes.put(names.positions() + ".weight", new long[] {spec.maxPositions(), spec.hidden()});
        for (int i = 0; i < spec.layers(); i++) {
            norm(shapes, spec, at(names.inputNorm(), i));
            List<String> projections = names.queryKeyValue();
            if (projections.size() == 1) {
                linear(
                        shapes,
                        spec,
                        at(projections.get(0), i),
                        spec.queryWidth() + 2 * spec.keyValueWidth(),
                        spec.hidden());
            } else {
                linear(shapes, spec, at(projections.get(0), i), spec.queryWidth(), spec.hidden());
                linear(shapes, spec, at(projections.get(1), i), spec.keyValueWidth(), spec.hidden());
                linear(shapes, spec, at(projections.get(2), i), spec.keyValueWidth(), spec.hidden());
            }
            if (names.queryNorm() != null)
                shapes.put(at(names.queryNorm(), i) + ".weight", new long[] {spec.headDim()});
            if (names.keyNorm() != null) shapes.put(at(names.keyNorm(), i) + ".weight", new long[] {spec.headDim()});
            linear(shapes, spec, at(names.attentionOut(), i), spec.hidden(), spec.queryWidth());
            norm(shapes, spec, at(names.feedForwardNorm(), i));
            if (names.gate() != null) linear(shapes, spec, at(names.gate(), i), spec.feedForward(), spec.hidden());
            linear(shapes, spec, at(names.up(), i), spec.feedForward(), spec.hidden());
            linear(shapes, spec, at(names.down(), i), spec.hidden(), spec.feedForward());
        }
        norm(shapes, spec, names.finalNorm());
        if (!spec.tiedHead()) shapes.put(names.head() + ".weight", new long[] {spec.vocabulary(), spec.hidden()});
        return shapes;
    }

    private static String at(String pattern, int layer) {
        return String.format(Locale.ROOT, pattern, layer);
    }

    private static void norm(Map<String, long[]> shapes, ModelSpec spec, String path) {
        shapes.put(path + ".weight", new long[] {spec.hidden()});
        if (spec.norm().kind() == ModelSpec.Norm.Kind.LAYER) shapes.put(path + ".bias", new long[] {spec.hidden()});
    }

    private static void linear(Map<String, long[]> shapes, ModelSpec spec, String path, int out, int in) {
        shapes.put(path + ".weight", spec.names().transposed() ? new long[] {in, out} : new long[] {out, in});
        if (spec.names().biased().contains(path.substring(path.lastIndexOf('.') + 1)))
            shapes.put(path + ".bias", new long[] {out});
    }

    /// Scales are near 1, everything else near 0.
    private static Tensor random(String name, long[] shape, DType dtype) {
        boolean scale = shape.length == 1 && name.endsWith(".weight");
        Rng rng = Rng.of(1, "tiny", name);
        int count = 1;
        for (long size : shape) count *= (int) size;
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = (scale ? 1 : 0) + SPREAD * rng.nextGaussian();
        try (var scope = Scope.open()) {
            return Tensors.of(values, shape).to(dtype).retain();
        }
    }
}
