package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptBundleTest {
    private static final PromptBundle BUNDLE = PromptBundle.classification(List.of("a", "b"), true);

    @Test
    void aPromptOfTheFirstLayoutIsReadAsItWasMeant() {
        PromptBundle read = Json.strict().readValue("""
                {"schema": 1, "system": "", "instruction": "Sort.", "inputTemplate": "{text}", "labels": ["a", "b"],
                 "listLabels": true, "demos": {"strategy": "random", "count": 1, "seed": 3, "maxTokens": 0,
                 "pool": [{"text": "hi", "label": "a"}]}}
                """, PromptBundle.class);
        assertThat(read.demos().pool()).containsExactly(new Demo("hi", "a"));
        assertThat(read.reasoning()).isEqualTo(Reasoning.none());
        assertThat(read.systemText()).isEqualTo("Sort.\nCategories: a, b");
        assertThat(read.userText(Map.of("text", "x"))).isEqualTo("x");
    }

    @Test
    void whatIsWrittenIsReadAgainWithTheSameDigest() {
        PromptBundle full = BUNDLE.change()
                .system("You sort.")
                .outputPrefix("Label:")
                .words(Map.of("a", "Alpha"))
                .demos(new PromptBundle.Demos(
                        "bm25", 2, 5, 100, List.of(new Demo("", "a", Map.of("text", "q"), "because"))))
                .reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT).voting(5))
                .answers(Map.of("strict", Map.of("extract", List.of("last_number"), "normalise", "number")))
                .prior(new LabelPrior(LabelPrior.Kind.CC, List.of("a", "b"), List.of(0.25, 0.75)))
                .decoding(new PromptBundle.Decoding(32, List.of("\n")))
                .done();
        PromptBundle again = Json.strict().readValue(Json.line(full), PromptBundle.class);
        assertThat(again).isEqualTo(full);
        assertThat(again.digest()).isEqualTo(full.digest());
    }

    @Test
    void everyChangeChangesTheDigest() {
        List<PromptBundle> changed = new ArrayList<>(List.of(BUNDLE));
        changed.add(BUNDLE.change().system("x").done());
        changed.add(BUNDLE.change().instruction("x").done());
        changed.add(BUNDLE.change().inputTemplate("{text}.").done());
        changed.add(BUNDLE.change().outputPrefix("x").done());
        changed.add(BUNDLE.change().labels(List.of("b", "a"), true).done());
        changed.add(BUNDLE.change().labels(List.of("a", "b"), false).done());
        changed.add(BUNDLE.change().words(Map.of("a", "x")).done());
        changed.add(BUNDLE.withDemos(new PromptBundle.Demos("none", 0, 1, 0, List.of())));
        changed.add(
                BUNDLE.change().reasoning(Reasoning.of(Reasoning.Mode.FEW_SHOT)).done());
        changed.add(BUNDLE.change()
                .decoding(new PromptBundle.Decoding(1, List.of()))
                .done());
        Set<String> digests = new LinkedHashSet<>();
        for (PromptBundle bundle : changed) digests.add(bundle.digest());
        assertThat(digests).hasSize(changed.size());
    }

    @Test
    void whatCannotWorkIsRefused() {
        assertThat(catchThrowableOfType(
                                UserError.class,
                                () -> BUNDLE.change().inputTemplate("no place").done())
                        .code())
                .isEqualTo("prompt.template");
        assertThat(catchThrowableOfType(
                                UserError.class,
                                () -> BUNDLE.change().words(Map.of("c", "x")).done())
                        .code())
                .isEqualTo("prompt.words");
        assertThat(catchThrowableOfType(UserError.class, () -> BUNDLE.change()
                                .prior(new LabelPrior(LabelPrior.Kind.CC, List.of("x", "y"), List.of(0.5, 0.5)))
                                .done())
                        .code())
                .isEqualTo("prompt.prior");
        assertThat(catchThrowableOfType(UserError.class, () -> Reasoning.none().voting(0))
                        .code())
                .isEqualTo("prompt.samples");
    }
}
