package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TokenConstraintTest {
    private static final List<Integer> END = List.of(Pieces.END);

    private static int[] allowed(ConstraintWalk walk, Pieces pieces, TokenConstraint constraint) {
        return new RandomWalk(constraint, pieces, Pieces.END, 0).allowed(walk);
    }

    /// What Java says of a text: whether it matches, or could if there were more of it.
    @SuppressWarnings("JdkObsolete") // that is what hitEnd tells
    private static boolean mayGoOn(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches() || matcher.hitEnd();
    }

    @Test
    void theMaskIsWhatCouldStillBecomeAMatch() {
        String[] texts = {"ab", "abc", "b", "bb", "cab", "1", "12", "a1", "é", "éa", "bé", " ", "c c", "2024", "-0"};
        Pieces pieces = Pieces.withBytes(texts);
        for (String expression : List.of("(ab|c)*1{0,3}", "a?b+c*é?(12)*", "[^b]{1,6}", "2024-0\\d( c c)?")) {
            TokenConstraint constraint = pieces.constraint(Automaton.regex(expression));
            Pattern pattern = Pattern.compile(expression);
            Rng rng = Rng.of(2, expression);
            for (int round = 0; round < 60; round++) {
                ConstraintWalk walk = constraint.walk(1000, END);
                String text = "";
                for (int step = 0; step < 8; step++) {
                    int[] ids = allowed(walk, pieces, constraint);
                    assertThat(Arrays.binarySearch(ids, Pieces.END) >= 0)
                            .isEqualTo(pattern.matcher(text).matches());
                    for (int id = Pieces.FIRST; id < pieces.vocabularySize(); id++) {
                        byte[] bytes = pieces.bytes(id);
                        if (bytes.length == 1 && bytes[0] < 0) continue; // a part of a character is no text for Java
                        String longer = text + new String(bytes, StandardCharsets.UTF_8);
                        assertThat(Arrays.binarySearch(ids, id) >= 0)
                                .as("'%s' under %s", longer, expression)
                                .isEqualTo(mayGoOn(pattern, longer));
                    }
                    int[] whole = Arrays.stream(ids)
                            .filter(id -> id != Pieces.END)
                            .filter(id -> pieces.bytes(id).length > 1 || pieces.bytes(id)[0] >= 0)
                            .toArray();
                    if (whole.length == 0) break;
                    int id = whole[rng.nextInt(whole.length)];
                    text += new String(pieces.bytes(id), StandardCharsets.UTF_8);
                    if (!walk.take(id, 1000)) break;
                }
            }
        }
    }

    @Test
    void aTokenMayEndInTheMiddleOfACharacter() {
        // € is E2 82 AC, ₭ is E2 82 AD, 漢 is E6 BC A2
        Pieces pieces = Pieces.withBytes()
                .and(bytes(0xE2, 0x82), bytes(0xAC, 'x'), bytes(0xAD, 'x'), bytes(0xE6, 0xBC), bytes('x', 0xE2));
        int first = pieces.vocabularySize() - 5;
        TokenConstraint constraint = pieces.constraint(Automaton.regex("€x?"));
        ConstraintWalk walk = constraint.walk(9, END);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(Pieces.FIRST + 0xE2, first);
        walk.take(first, 8);
        assertThat(walk.accepts()).isFalse();
        assertThat(allowed(walk, pieces, constraint)).containsExactly(Pieces.FIRST + 0xAC, first + 1);
        assertThat(walk.take(first + 1, 7)).isFalse(); // nothing may follow
        assertThat(walk.accepts()).isTrue();
        assertThat(allowed(walk, pieces, constraint)).containsExactly(Pieces.END);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) values[i];
        return bytes;
    }

    @Test
    void tokensThatLeadIntoADeadEndAreNotAllowed() {
        Pieces pieces = Pieces.of("a", "b", "c", "ac", "abc"); // ids from 3; nothing writes z
        TokenConstraint constraint = pieces.constraint(Automaton.regex("a(b|cz)|abcz|abcc"));
        ConstraintWalk walk = constraint.walk(9, END);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(3, 7); // a, abc; behind ac nothing fits
        walk.take(3, 8);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(4);
        walk.take(4, 7);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(Pieces.END, 5); // ab, and abc goes on to abcc
        walk.take(5, 6);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(5);
    }

    @Test
    void whatTheVocabularyCannotWriteIsRefused() {
        Pieces pieces = Pieces.of("a", "b", "bc");
        for (String expression : List.of("z", "a+z", "ab{3}d", "(a|é)ß", "c"))
            assertThatThrownBy(() -> pieces.constraint(Automaton.regex(expression)))
                    .isInstanceOfSatisfying(
                            UserError.class, e -> assertThat(e.code()).isEqualTo("constrain.vocabulary"));
        assertThat(pieces.constraint(Automaton.regex("a(z|bc)")).enoughTokens()).isEqualTo(2);
    }

    @Test
    void theShortestEndIsCountedInTokens() {
        String literal = "\"description\":";
        TokenConstraint constraint = Pieces.withBytes("\"desc", "description", "\":", "ription\":", "riptio")
                .constraint(Automaton.choices(List.of(literal)));
        assertThat(constraint.enoughTokens()).isEqualTo(2); // "desc ription":
        assertThat(Pieces.withBytes()
                        .constraint(Automaton.choices(List.of(literal)))
                        .enoughTokens())
                .isEqualTo(literal.length());
        // no token writes the q that an alternative needs, so that the search runs over tokens
        assertThat(Pieces.of("a", "b", "aab", "ab")
                        .constraint(Automaton.regex("a{4}b{2}|azq"))
                        .enoughTokens())
                .isEqualTo(4); // a a aab b
    }

    @Test
    void anAnswerIsCompleteWhateverItsLimit() {
        Pieces pieces = Pieces.withBytes("hello", " world", "\", \"", "ab", "cd", "}", "\":\"");
        Automaton automaton = Automaton.regex("\\{\"k\":\"[^\"]*\",( ?\"[a-z]{1,5}\":\"(ab|cd)*\",){1,} ?\"end\"\\}");
        TokenConstraint constraint = pieces.constraint(automaton);
        Rng rng = Rng.of(4, "limits");
        int shortest = constraint.enoughTokens();
        for (int maxTokens = shortest; maxTokens < shortest + 60; maxTokens++) {
            for (int i = 0; i < 10; i++) {
                RandomWalk.Written written = new RandomWalk(constraint, pieces, Pieces.END, 0).write(maxTokens, rng);
                assertThat(automaton.matches(written.text())).isTrue();
                assertThat(written.tokens()).isLessThanOrEqualTo(maxTokens);
            }
        }
        assertThatThrownBy(() -> constraint.require(shortest - 1, pieces.vocabularySize()))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("constrain.max-tokens");
                    assertThat(e.what()).contains(shortest + " tokens", shortest - 1 + " may be written");
                });
        constraint.require(shortest, pieces.vocabularySize());
    }

    @Test
    void noTokenIsTakenAwayBeforeThatIsNeeded() {
        Pieces pieces = Pieces.withBytes("aa", "aaaa");
        TokenConstraint constraint = pieces.constraint(Automaton.regex("a*bcd"));
        int a = Pieces.FIRST + 'a';
        int two = Pieces.FIRST + 256;
        assertThat(allowed(constraint.walk(4, END), pieces, constraint))
                .containsExactly(a, Pieces.FIRST + 'b', two, two + 1); // one token, and three for bcd
        assertThat(allowed(constraint.walk(3, END), pieces, constraint)).containsExactly(Pieces.FIRST + 'b');
    }

    @Test
    void choicesComeOutAsTheyAreAndEachOfThem() {
        Pieces pieces = Pieces.withBytes("re", "red", "green", "gr", "reddish", "blue ", "é");
        List<String> choices = List.of("red", "reddish", "green", "blue é", "re");
        TokenConstraint constraint = pieces.constraint(Automaton.choices(choices));
        Map<String, Integer> seen = new TreeMap<>();
        Rng rng = Rng.of(9, "choices");
        for (int i = 0; i < 400; i++)
            seen.merge(
                    new RandomWalk(constraint, pieces, Pieces.END, 0.3)
                            .write(20, rng)
                            .text(),
                    1,
                    Integer::sum);
        assertThat(seen.keySet()).containsExactlyInAnyOrderElementsOf(choices);
    }

    @Test
    void anEndThatIsTextIsTheEndAlone() {
        Pieces pieces = Pieces.of("a", "\n"); // 3 and 4
        Automaton automaton = Automaton.regex("[a\n]+");
        var constraint = new TokenConstraint(automaton, Vocabulary.of(pieces, List.of(4)));
        ConstraintWalk walk = constraint.walk(9, List.of(4));
        assertThat(allowed(walk, pieces, constraint)).containsExactly(3);
        walk.take(3, 8);
        assertThat(allowed(walk, pieces, constraint)).containsExactly(3, 4);
        assertThatThrownBy(() -> pieces.constraint(automaton).walk(9, List.of(4)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void forgottenMasksAreMadeAgain() {
        Pieces pieces = Pieces.withBytes();
        Automaton automaton = Automaton.regex("[ab]{0,400}");
        var constraint = new TokenConstraint(automaton, Vocabulary.of(pieces, END), 50); // some ten of 400
        for (int round = 0; round < 2; round++) {
            ConstraintWalk walk = constraint.walk(500, END);
            for (int i = 0; i < 400; i++) {
                assertThat(allowed(walk, pieces, constraint)).hasSize(3);
                assertThat(walk.take(Pieces.FIRST + 'a', 500)).isEqualTo(i < 399);
            }
        }
    }

    @Test
    void scoresOfAllowedTokensStayAsTheyAre() {
        Pieces pieces = Pieces.withBytes();
        TokenConstraint constraint = pieces.constraint(Automaton.regex("[a-z]|."));
        Rng rng = Rng.of(1, "scores");
        float[] scores = new float[pieces.vocabularySize() + 70];
        for (int i = 0; i < scores.length; i++) scores[i] = (float) rng.nextGaussian();
        float[] masked = scores.clone();
        constraint.walk(2, END).mask(masked);
        int[] ids = allowed(constraint.walk(2, END), pieces, constraint);
        for (int id = 0; id < scores.length; id++)
            assertThat(masked[id]).isEqualTo(Arrays.binarySearch(ids, id) >= 0 ? scores[id] : Float.NEGATIVE_INFINITY);
        assertThat(ids).contains(Pieces.FIRST + 'a', Pieces.FIRST + 0xC3).doesNotContain(1, 2, Pieces.FIRST + '\n');
    }
}
