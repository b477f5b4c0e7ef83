package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.model.family.Families;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class RotaryScalingTest {
    private static final String CONFIG = """
            {"model_type":"llama","vocab_size":32,"hidden_size":64,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,
             "intermediate_size":64,"num_hidden_layers":1,"max_position_embeddings":64,"rms_norm_eps":1e-5,"hidden_act":"silu"}""";

    @Test
    void frequenciesEqualTheReference() throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("rotary.json"))) {
            for (JsonNode golden : Json.lenient().readTree(in).get("cases")) {
                ObjectNode config = (ObjectNode) Json.lenient().readTree(CONFIG);
                config.set("rope_parameters", golden.get("rope"));
                config.set("max_position_embeddings", golden.get("max_position_embeddings"));
                var rotary = (ModelSpec.Rotary) Families.spec(config).positions();
                double[] own = rotary.scaling()
                        .inverseFrequencies(
                                rotary.theta(), 16, golden.get("length").intValue());
                JsonNode expected = golden.get("inverse_frequencies");
                for (int i = 0; i < own.length; i++)
                    assertThat(own[i])
                            .as("%s [%d]", golden.get("rope"), i)
                            .isCloseTo(
                                    expected.get(i).doubleValue(),
                                    within(2e-6 * expected.get(i).doubleValue()));
                assertThat(rotary.scaling().attentionFactor())
                        .isCloseTo(golden.get("attention_factor").doubleValue(), within(1e-6));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"mlp_gate_limit,3,model.option", "hidden_act,gelu,model.option", "vocab_size,0,model.config"})
    void whatIsNotUnderstoodIsRefusedByName(String key, String value, String code) {
        ObjectNode config = (ObjectNode) Json.lenient().readTree(CONFIG);
        if (value.matches("\\d+")) config.put(key, Integer.parseInt(value));
        else config.put(key, value);
        Assertions.assertThatThrownBy(() -> Families.spec(config)).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.what()).contains(key);
        });
    }

    @Test
    void anUnknownFamilyIsRefusedByName() {
        ObjectNode config = (ObjectNode) Json.lenient().readTree(CONFIG);
        config.put("model_type", "mamba");
        Assertions.assertThatThrownBy(() -> Families.spec(config)).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("model.family");
            assertThat(e.what()).contains("mamba");
        });
    }
}
