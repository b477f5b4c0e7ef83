package dev.savile.customization;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.technique.Trainable;
import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.bottleneck.BottleneckSpec.Activation;
import dev.savile.technique.bottleneck.BottleneckSpec.Scaling;
import dev.savile.technique.bottleneck.BottleneckSpec.Wiring;
import dev.savile.technique.bottleneck.BottleneckTuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/// Read and write bottleneck adapters as the AdapterHub library does: `adapter_config.json` and
/// `adapter.safetensors`.
///
/// The library has classes for Llama and Mistral; a file for another family has the same layout and loads here only.
public final class AdapterHubFolder {
    static final String WEIGHTS = "adapter.safetensors";
    private static final String NAME = "savile";
    private static final String DOWN_NORM = "adapter_down.0.";
    private static final String NORM = "adapter_norm_before.";

    private AdapterHubFolder() {}

    /// Tell whether a folder holds an adapter in this layout.
    public static boolean isIn(Path folder) {
        Path config = folder.resolve(PeftFolder.CONFIG);
        return Files.exists(config) && Json.tree(config).path("config").has("reduction_factor");
    }

    /// Read an adapter.
    ///
    /// @throws UserError `adapter.option` for an option that is not understood; `adapter.base` for a model of
    ///         another family than the adapter names; see [AdapterTensors#read]
    public static BottleneckTuning read(Path folder, CausalLm model) {
        JsonNode whole = Json.tree(folder.resolve(PeftFolder.CONFIG));
        int hidden = whole.path("hidden_size").asInt(model.spec().hidden());
        if (hidden != model.spec().hidden())
            throw new UserError(
                    "adapter.shape",
                    "the adapter was made for a width of " + hidden + ", this model has "
                            + model.spec().hidden(),
                    "it belongs to another base",
                    "use the base that adapter_config.json names");
        ForeignBase.ofAdapterHub(whole).requireFamily(folder, model.spec());
        String name = whole.path("name").asString(NAME);
        BottleneckSpec spec = spec(whole.path("config"));
        Set<String> copies = new TreeSet<>(); // the norm stands in the file twice
        return AdapterTensors.read(
                folder.resolve(WEIGHTS),
                own -> {
                    if (own.contains(NORM)) copies.add(inFile(own.replace(NORM, DOWN_NORM), name));
                    return List.of(inFile(own, name));
                },
                copies,
                start -> BottleneckTuning.from(spec, model, start));
    }

    /// Write an adapter.
    public static void write(Path folder, BottleneckTuning tuning, CausalLm model, String baseName) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<SafetensorsWriter.Entry> entries = new ArrayList<>();
            for (Trainable t : tuning.trainables()) {
                entries.add(AdapterTensors.entry(inFile(t.name(), NAME), t.value()));
                if (t.name().contains(NORM))
                    entries.add(AdapterTensors.entry(inFile(t.name().replace(NORM, DOWN_NORM), NAME), t.value()));
            }
            Map<String, Object> whole = new TreeMap<>();
            whole.put("config", config(tuning.spec(), model.spec().hidden()));
            whole.put("hidden_size", model.spec().hidden());
            whole.put("model_class", modelClass(model.spec().family()));
            whole.put("model_name", baseName);
            whole.put("model_type", model.spec().family());
            whole.put("name", NAME);
            whole.put("version", "adapters.1.2.0");
            DurableFiles.write(folder.resolve(PeftFolder.CONFIG), Json.prettySorted(whole));
            AdapterTensors.write(folder.resolve(WEIGHTS), entries);
        }
    }

    private static String modelClass(String family) {
        return family.substring(0, 1).toUpperCase(Locale.ROOT) + family.substring(1) + "ForCausalLM";
    }

    /// `...output_adapters.adapter_up.weight` to `...output_adapters.adapters.NAME.adapter_up.weight`
    private static String inFile(String own, String name) {
        int at = own.indexOf("_adapters.") + "_adapters.".length();
        return own.substring(0, at) + "adapters." + name + "." + own.substring(at);
    }

    private static BottleneckSpec spec(JsonNode config) {
        boolean attention = config.path("mh_adapter").asBoolean(false);
        boolean output = config.path("output_adapter").asBoolean(false);
        boolean parallel = config.path("is_parallel").asBoolean(false);
        boolean onSum = config.path("original_ln_before").asBoolean(false);
        Wiring wiring;
        if (output && attention && !parallel && !onSum) wiring = Wiring.HOULSBY;
        else if (output && !attention && parallel) wiring = Wiring.PARALLEL;
        else if (output && !attention && onSum) wiring = Wiring.PFEIFFER;
        else
            throw PeftJson.option(
                    "mh_adapter",
                    config.path("mh_adapter"),
                    "only the Houlsby, Pfeiffer and parallel wirings are known");
        Map<String, String> refused = new TreeMap<>(Map.of(
                "ln_after", "false",
                "use_gating", "false",
                "inv_adapter", "null",
                "cross_adapter", "false",
                "phm_layer", "false",
                "adapter_residual_before_ln", "false",
                "residual_before_ln", "true",
                "original_ln_after", "true"));
        refused.forEach((key, supported) -> PeftJson.refuse(config, key, supported));
        JsonNode reduction = config.path("reduction_factor");
        Map<Integer, Double> reductions = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : reduction.properties())
            if (!entry.getKey().equals("default"))
                reductions.put(Integer.valueOf(entry.getKey()), entry.getValue().asDouble());
        JsonNode scaling = config.path("scaling");
        return new BottleneckSpec(
                wiring,
                0,
                reduction.isObject() ? reduction.path("default").asDouble(16) : reduction.asDouble(16),
                reductions,
                activation(config.path("non_linearity")),
                switch (scaling.asString("")) {
                    case "learned" -> Scaling.LEARNED;
                    case "channel" -> Scaling.CHANNEL;
                    default -> Scaling.FIXED;
                },
                scaling.isNumber() ? scaling.doubleValue() : 1,
                config.path("dropout").asDouble(0),
                config.path("ln_before").asBoolean(false),
                PeftJson.numbers(config.path("leave_out")));
    }

    private static Activation activation(JsonNode name) {
        return switch (name.asString("")) {
            case "relu" -> Activation.RELU;
            case "swish", "silu" -> Activation.SWISH;
            case "gelu" -> Activation.GELU;
            case "gelu_new" -> Activation.GELU_TANH;
            case "tanh" -> Activation.TANH;
            default -> throw PeftJson.option("non_linearity", name, "known are relu, swish, gelu, gelu_new and tanh");
        };
    }

    private static String named(Activation activation) {
        return switch (activation) {
            case RELU -> "relu";
            case SWISH -> "swish";
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_new";
            case TANH -> "tanh";
        };
    }

    private static Map<String, Object> config(BottleneckSpec spec, int hidden) {
        var none = NullNode.getInstance();
        Map<String, Object> config = new TreeMap<>();
        config.put("architecture", none);
        config.put("mh_adapter", spec.wiring() == Wiring.HOULSBY);
        config.put("output_adapter", true);
        config.put("is_parallel", spec.wiring() == Wiring.PARALLEL);
        config.put("original_ln_before", spec.wiring() == Wiring.PFEIFFER);
        config.put("original_ln_after", true);
        config.put("ln_before", spec.normed());
        config.put("ln_after", false);
        config.put("residual_before_ln", true);
        config.put("adapter_residual_before_ln", false);
        config.put("non_linearity", named(spec.activation()));
        config.put("reduction_factor", reduction(spec, hidden));
        config.put(
                "scaling",
                switch (spec.scaling()) {
                    case FIXED -> (Object) spec.factor();
                    case LEARNED -> "learned";
                    case CHANNEL -> "channel";
                });
        config.put("dropout", spec.dropout());
        config.put("leave_out", spec.leftOut());
        config.put("init_weights", "mam_adapter");
        config.put("init_weights_seed", none);
        config.put("use_gating", false);
        config.put("inv_adapter", none);
        config.put("inv_adapter_reduction_factor", none);
        config.put("cross_adapter", false);
        config.put("phm_layer", false);
        config.put("stochastic_depth", 0.0);
        return config;
    }

    private static Object reduction(BottleneckSpec spec, int hidden) {
        if (spec.size() > 0) {
            double factor = (double) hidden / spec.size();
            while ((int) (hidden / factor) < spec.size())
                factor = Math.nextDown(factor); // the library cuts the quotient
            return PeftJson.whole(factor);
        }
        if (spec.reductions().isEmpty()) return PeftJson.whole(spec.reduction());
        Map<String, Object> byLayer = new TreeMap<>();
        spec.reductions().forEach((layer, value) -> byLayer.put(Integer.toString(layer), PeftJson.whole(value)));
        byLayer.put("default", PeftJson.whole(spec.reduction()));
        return byLayer;
    }
}
