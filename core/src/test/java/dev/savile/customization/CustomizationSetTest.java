package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Customizations that are used together.
class CustomizationSetTest {
    private static final PromptBundle SORT = PromptBundle.classification(List.of("a", "b"), true);

    @TempDir
    Path temp;

    private Customization prompt(String name) {
        return new Customization(temp.resolve(name), Technique.Prompt.ID, Optional.empty(), Optional.of(SORT));
    }

    private Customization trained(String name, PromptBundle own) {
        return new Customization(temp.resolve(name), Technique.Lora.ID, Optional.empty(), Optional.of(own));
    }

    private Customization adapter(String name, String technique, CausalLm model) {
        try (TrainedTuning tuning = AllTechniques.start(technique, model)) {
            AllTechniques.disturb(tuning, 0.1, name.hashCode());
            PeftFolder.write(temp.resolve(name), tuning, model, "base");
        }
        return Customization.open(temp.resolve(name));
    }

    private static double[] logits(CausalLm model, Tuning tuning) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var builder = TokenForest.builder();
            builder.ids(tuning.lead().plant(builder), 3, 1, 4, 1, 5);
            return model.logits(model.forward(builder.build(), tuning), tuning).toDoubles();
        }
    }

    private static UserError refused(CausalLm model, Customization... parts) {
        return catchThrowableOfType(UserError.class, () -> new CustomizationSet(List.of(parts)).attach(model));
    }

    @Test
    void weightsAtDifferentPlacesAnswerAsTheirCombination() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                Customization lora = adapter("one", "lora", model);
                Customization ia3 = adapter("two", "ia3", model);
                Customization soft = adapter("three", "prompt-tuning", model);
                double[] expected;
                try (Customization.Attached a = lora.attach(model);
                        Customization.Attached b = ia3.attach(model);
                        Customization.Attached c = soft.attach(model)) {
                    expected = logits(
                            model,
                            Combination.of(Map.of(
                                    "lora", (TrainedTuning) a.tuning(),
                                    "ia3", (TrainedTuning) b.tuning(),
                                    "soft", (TrainedTuning) c.tuning())));
                    assertThat(expected).isNotEqualTo(logits(model, a.tuning()));
                }
                var one = new CustomizationSet(List.of(lora, ia3, soft, prompt("p")));
                var other = new CustomizationSet(List.of(prompt("p"), soft, ia3, lora));
                for (CustomizationSet set : List.of(one, other))
                    try (Customization.Attached all = set.attach(model)) {
                        assertThat(logits(model, all.tuning())).isEqualTo(expected);
                    }
                assertThat(one.bundle()).contains(SORT);
                assertThat(one.weights()).containsExactly(lora, ia3, soft);
            }
        });
    }

    @Test
    void aPromptAloneChangesNoWeightAndGoesWithOneAdapter() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                Customization lora = adapter("one", "lora", model);
                double[] base = logits(model, Tuning.NONE);
                try (Customization.Attached none = new CustomizationSet(List.of()).attach(model);
                        Customization.Attached text = new CustomizationSet(List.of(prompt("p"))).attach(model);
                        Customization.Attached alone = lora.attach(model);
                        Customization.Attached both = new CustomizationSet(List.of(prompt("p"), lora)).attach(model)) {
                    assertThat(logits(model, none.tuning())).isEqualTo(base);
                    assertThat(logits(model, text.tuning())).isEqualTo(base);
                    assertThat(logits(model, both.tuning()))
                            .isEqualTo(logits(model, alone.tuning()))
                            .isNotEqualTo(base);
                }
            }
        });
    }

    @Test
    void whatChangesTheSamePlacesIsRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                Customization one = adapter("one", "lora", model);
                Customization two = adapter("two", "dora", model);
                UserError error = refused(model, one, two);
                assertThat(error.code()).isEqualTo("technique.combination");
                assertThat(error.what()).contains("one", "two");
                assertThat(refused(model, one, one).code()).isEqualTo("customization.twice");
                assertThat(refused(model, prompt("p"), prompt("q")).code()).isEqualTo("customization.prompts");
            }
        });
    }

    @Test
    void promptsThatDifferAreDecidedByASavedOneOrRefused() {
        PromptBundle other = PromptBundle.plain();
        assertThat(new CustomizationSet(List.of(trained("one", SORT), trained("two", SORT))).bundle())
                .contains(SORT);
        var differing = new CustomizationSet(List.of(trained("one", other), trained("two", SORT)));
        assertThat(catchThrowableOfType(UserError.class, differing::bundle).code())
                .isEqualTo("customization.prompts");
        assertThat(new CustomizationSet(List.of(trained("one", other), prompt("p"))).bundle())
                .contains(SORT);
    }

    @Test
    void aDigestNamesAllOfThemInAnyOrder() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                Customization one = adapter("one", "lora", model);
                Customization two = adapter("two", "ia3", model);
                String both = new CustomizationSet(List.of(one, two)).digest();
                assertThat(both)
                        .isEqualTo(new CustomizationSet(List.of(two, one)).digest())
                        .isNotEqualTo(new CustomizationSet(List.of(one)).digest())
                        .hasSize(64);
                assertThat(new CustomizationSet(List.of(one)).digest()).isEqualTo(Customization.digest(one.folder()));
                assertThat(new CustomizationSet(List.of()).digest()).isEmpty();
            }
        });
    }
}
