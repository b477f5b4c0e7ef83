package dev.savile.forest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AttentionPlanTest {
    @Test
    void rowsOfEqualLengthMakeOneCausalBatch() {
        var builder = TokenForest.builder();
        for (int i = 0; i < 3; i++) builder.ids(Segment.NO_PARENT, new int[40]);
        var blocks = AttentionPlan.of(builder.build(), 0).blocks();
        assertThat(blocks).hasSize(1);
        assertThat(blocks.getFirst().pattern()).isEqualTo(new AttentionPlan.Causal(3));
    }

    @Test
    void aTrunkWithManyBranchesIsNotMaskedWhole() {
        var builder = TokenForest.builder();
        int trunk = builder.ids(Segment.NO_PARENT, new int[40]);
        for (int i = 0; i < 16; i++) builder.ids(trunk, new int[10 + i]);
        var pattern = AttentionPlan.of(builder.build(), 0).blocks().getFirst().pattern();
        assertThat(pattern).isInstanceOf(AttentionPlan.Branches.class);
        assertThat(((AttentionPlan.Branches) pattern).longest()).isEqualTo(25);
    }

    @Test
    void aWindowLongerThanTheRowChangesNothing() {
        TokenForest forest = TokenForest.ofRow(new int[20]);
        assertThat(AttentionPlan.of(forest, 20).blocks().getFirst().pattern()).isEqualTo(new AttentionPlan.Causal(1));
        assertThat(AttentionPlan.of(forest, 19).blocks().getFirst().pattern()).isInstanceOf(AttentionPlan.Masked.class);
    }

    @Test
    void blocksCoverAllTokensInOrder() {
        var builder = TokenForest.builder();
        for (int length : new int[] {100, 3, 4, 5, 60, 60, 7}) {
            int root = builder.ids(Segment.NO_PARENT, new int[length]);
            if (length == 4) builder.ids(root, new int[2]);
        }
        TokenForest forest = builder.build();
        int next = 0;
        for (var block : AttentionPlan.of(forest, 0).blocks()) {
            assertThat(block.start()).isEqualTo(next);
            next += block.tokens();
        }
        assertThat(next).isEqualTo(forest.tokens());
    }
}
