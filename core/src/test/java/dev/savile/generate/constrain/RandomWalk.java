package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.Rng;
import dev.savile.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Write as a model without sense would: any token that the mask leaves.
///
/// @param endShare how often the end is taken where it is allowed
record RandomWalk(TokenConstraint constraint, Tokenizer tokenizer, int end, double endShare) {
    /// What was written.
    ///
    /// @param tokens the end token not counted
    record Written(String text, int tokens) {}

    /// Write up to a number of tokens; check what holds for every answer on the way.
    Written write(int maxTokens, Rng rng) {
        ConstraintWalk walk = constraint.walk(maxTokens, List.of(end));
        var bytes = new ByteArrayOutputStream();
        int tokens = 0;
        while (tokens < maxTokens) {
            int[] allowed = allowed(walk);
            assertThat(allowed).as("allowed behind '%s'", bytes).isNotEmpty();
            boolean mayEnd = Arrays.binarySearch(allowed, end) >= 0;
            assertThat(mayEnd).isEqualTo(walk.accepts());
            if (mayEnd && (allowed.length == 1 || rng.nextDouble() < endShare)) break;
            int id = end;
            while (id == end) id = allowed[rng.nextInt(allowed.length)];
            assertThat(tokenizer.special(id)).isFalse();
            bytes.writeBytes(tokenizer.bytes(id));
            tokens++;
            if (!walk.take(id, maxTokens - tokens)) break;
        }
        assertThat(walk.accepts()).as("'%s' is complete", bytes).isTrue();
        return new Written(text(bytes.toByteArray()), tokens);
    }

    /// The ids that a walk leaves, in rising order.
    int[] allowed(ConstraintWalk walk) {
        float[] scores = new float[tokenizer.vocabularySize() + 5]; // models pad their vocabulary
        walk.mask(scores);
        int[] ids = new int[scores.length];
        int count = 0;
        for (int id = 0; id < scores.length; id++) if (scores[id] == 0) ids[count++] = id;
        assertThat(count == 0 || ids[count - 1] < tokenizer.vocabularySize()).isTrue();
        return Arrays.copyOf(ids, count);
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("no UTF-8: " + Arrays.toString(bytes), e);
        }
    }
}
