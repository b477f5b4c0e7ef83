package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelScorerTest {
    private static final List<String> LABELS = List.of("a", "ab", "abc", "x", "long");
    private static final List<int[]> COMPLETIONS = List.of(
            new int[] {5, 2}, new int[] {5, 6, 2}, new int[] {5, 6, 7, 2}, new int[] {9, 2}, new int[] {8, 8, 8, 8, 8, 2
            });

    @Test
    void scoresEqualThoseOfEachLabelAlone() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                for (int shared : new int[] {0, 12}) {
                    List<int[]> contexts = contexts(shared, model.spec().vocabulary());
                    double[][] scores = new LabelScorer(model, new LabelTrie(LABELS, COMPLETIONS))
                            .scores(contexts, Tuning.NONE, Progress.none().start("", 0, ""), new StopSignal());
                    for (int i = 0; i < contexts.size(); i++)
                        for (int label = 0; label < LABELS.size(); label++)
                            assertThat(scores[i][label])
                                    .isCloseTo(alone(model, contexts.get(i), COMPLETIONS.get(label)), within(1e-4));
                }
            }
        });
    }

    /// A tree so big that labels without a hope are left out.
    @Test
    void amongManyLabelsThoseThatMatterAreExactAndTheOthersBounded() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                var rng = Rng.of(2, "labels");
                int vocabulary = model.spec().vocabulary();
                List<String> labels = new ArrayList<>();
                List<int[]> completions = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    int[] ids = new int[3 + rng.nextInt(3)];
                    for (int k = 0; k < ids.length; k++) ids[k] = rng.nextInt(k == 0 ? 9 : vocabulary);
                    labels.add("label " + i);
                    completions.add(ids);
                }
                for (int shared : new int[] {0, 12}) {
                    List<int[]> contexts = contexts(shared, vocabulary);
                    var scorer = new LabelScorer(model, new LabelTrie(labels, completions));
                    Progress.Task task = Progress.none().start("", 0, "");
                    double[][] exact = scorer.scores(contexts, Tuning.NONE, task, new StopSignal());
                    double[][] likely = scorer.likely(contexts, Tuning.NONE, task, new StopSignal());
                    for (int i = 0; i < contexts.size(); i++) {
                        double best = Arrays.stream(exact[i]).max().orElseThrow();
                        assertThat(Arrays.stream(likely[i]).max().orElseThrow()).isCloseTo(best, within(1e-4));
                        for (int label = 0; label < labels.size(); label++) {
                            if (likely[i][label] >= best - 8)
                                assertThat(likely[i][label]).isCloseTo(exact[i][label], within(1e-4));
                            else assertThat(likely[i][label]).isGreaterThan(exact[i][label] - 1e-4);
                        }
                    }
                }
            }
        });
    }

    private static double alone(CausalLm model, int[] context, int[] completion) {
        int[] row = Arrays.copyOf(context, context.length + completion.length);
        System.arraycopy(completion, 0, row, context.length, completion.length);
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor logits = model.logits(model.forward(TokenForest.ofRow(row), Tuning.NONE), Tuning.NONE);
            Tensor picked = logits.logSoftmax(1)
                    .narrow(0, context.length - 1L, completion.length)
                    .gather(1, Tensors.of(completion).unsqueeze(1));
            return picked.sum().item();
        }
    }

    private static List<int[]> contexts(int shared, int vocabulary) {
        var rng = Rng.of(1, "contexts");
        int[] start = new int[shared];
        for (int i = 0; i < shared; i++) start[i] = rng.nextInt(vocabulary);
        List<int[]> contexts = new ArrayList<>();
        for (int c = 0; c < 7; c++) {
            int[] context = Arrays.copyOf(start, shared + 1 + rng.nextInt(9));
            for (int i = shared; i < context.length; i++) context[i] = rng.nextInt(vocabulary);
            contexts.add(context);
        }
        return contexts;
    }

    @Test
    void labelsThatCannotBeToldApartAreRefused() {
        assertThatThrownBy(() -> new LabelTrie(List.of("a", "b"), List.of(new int[] {1, 2}, new int[] {1, 2})))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("labels.same"));
    }

    @Test
    void everyLabelSharesWhatItBeginsWith() {
        var trie = new LabelTrie(LABELS, COMPLETIONS);
        assertThat(trie.fedTokens()).isEqualTo(3 + 1 + 5); // 5 6 7, 9, 8 8 8 8 8
        assertThat(trie.edges()).isEqualTo(3 + 3 + 2 + 6); // as many as different tokens are predicted
    }
}
