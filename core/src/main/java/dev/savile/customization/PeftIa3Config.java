package dev.savile.customization;

import dev.savile.technique.ia3.Ia3Spec;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Read and write PEFT's `adapter_config.json` of IA3.
final class PeftIa3Config {
    static final String TYPE = "IA3";

    private PeftIa3Config() {}

    static Ia3Spec read(JsonNode config) {
        PeftJson.refuse(config, "modules_to_save", "null");
        return new Ia3Spec(
                PeftJson.targets(config, "target_modules"),
                PeftJson.targetsOrNone(config, "feedforward_modules"),
                PeftJson.targetsOrNone(config, "exclude_modules"));
    }

    static Map<String, Object> of(Ia3Spec spec, String baseName, boolean transposed) {
        Map<String, Object> config = PeftJson.common(TYPE, baseName);
        PeftJson.put(config, "fan_in_fan_out", transposed);
        PeftJson.put(config, "feedforward_modules", PeftJson.written(spec.feedForward(), List.of()));
        PeftJson.put(config, "init_ia3_weights", true);
        PeftJson.put(config, "modules_to_save", null);
        PeftJson.put(config, "target_modules", PeftJson.written(spec.targets(), List.of()));
        PeftJson.putTargets(config, "exclude_modules", spec.excluded());
        return config;
    }
}
