package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The automata of regular expressions, beside `java.util.regex`.
class RegexTest {
    private static final String[] CHARACTERS = {
        "a",
        "b",
        "c",
        "x",
        "A",
        "Z",
        "0",
        "1",
        "9",
        "_",
        "-",
        ".",
        " ",
        "\n",
        "\r",
        "\t",
        "\u0085",
        "\u2028",
        "é",
        "ß",
        "€",
        "漢",
        "\u00a0",
        "\ud7ff",
        "\ue000",
        "😀",
        "\udbff\udfff",
        "]",
        "}",
        "\\",
        "\"",
        "/",
        ":",
        "@",
        "(",
        "\u0000"
    };

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                "a|b|abc",
                "a*",
                "a+b?c*",
                "(ab)*",
                "(a|b)*abb",
                "(?:a|bc)+x",
                "(?<name>a)b",
                "a{3}",
                "a{2,}",
                "a{0,2}b{1,3}",
                "(a{1,2}b){2}",
                "(a|ab)(c|bcx)?",
                "a*?b+?c??",
                "[abc]+",
                "[^abc]+",
                "[a-cx-z0-9]*",
                "[a\\-c]",
                "[-a]",
                "[a-]",
                "[a-c-x]",
                "[+--]",
                "[\\]\\\\]",
                "[\\d_]+",
                "[^\\d\\s]+",
                "[^\\w]",
                "[.]",
                "[}&]",
                ".",
                ".*",
                ".+a.",
                "\\d+",
                "\\D+",
                "\\w+",
                "\\W",
                "\\s",
                "\\S*",
                "\\.",
                "\\(a\\)",
                "\\{\\}",
                "a}",
                "a]",
                "\\x41\\u00e9",
                "\\ud83d\\ude00+",
                "\\n|\\r|\\t|\\f",
                "[\\n\\t]",
                "é",
                "é*ß?",
                "[ß-é]|[à-ÿ]",
                "[€-漢]",
                "😀{2}",
                "[😀-😎]",
                "[^é]",
                "[^😀]+",
                "\\p{L}+",
                "\\p{Lu}\\p{Ll}*",
                "[\\p{L}\\p{Nd} ]+",
                "\\P{L}",
                "[^\\p{L}]",
                "^abc$",
                "^a|b$",
                "^(a|b)$",
                "(|a)b",
                "a||b",
                "(a|)(b|)",
                "((a*)*)*",
                "(a*b*)*",
                "(a?){3}a{3}",
                "-?(0|[1-9][0-9]*)(\\.[0-9]+)?",
                "[a-z0-9._]+@[a-z]+\\.(com|org)",
                "[0-9]{4}-[0-9]{2}",
                "\"[^\"\\\\]*\""
            })
    void eachExpressionMatchesWhatJavaMatches(String expression) {
        Pattern pattern = Pattern.compile(expression);
        Automaton automaton = Automaton.regex(expression);
        Rng rng = Rng.of(7, "regex", expression);
        List<String> probes = new ArrayList<>(List.of(""));
        for (int i = 0; i < 300; i++) accepted(automaton, rng).ifPresent(probes::add);
        assertThat(probes).as("texts that are accepted").hasSizeGreaterThan(20);
        for (String probe : probes.subList(1, probes.size()))
            assertThat(pattern.matcher(probe).matches()).as("'%s'", probe).isTrue();
        int accepted = probes.size();
        for (int i = 0; i < 600; i++) probes.add(mutated(probes.get(rng.nextInt(accepted)), rng));
        for (int i = 0; i < 1500; i++) probes.add(text(rng, 6));
        for (String probe : probes)
            assertThat(automaton.matches(probe))
                    .as("'%s'", probe)
                    .isEqualTo(pattern.matcher(probe).matches());
    }

    /// A text that leads to an accepting state by chance.
    private static Optional<String> accepted(Automaton automaton, Rng rng) {
        var bytes = new ByteArrayOutputStream();
        int state = Automaton.START;
        for (int i = 0; i < 60; i++) {
            if (automaton.accepts(state) && (rng.nextInt(4) == 0 || !automaton.goesOn(state)))
                return Optional.of(bytes.toString(StandardCharsets.UTF_8));
            int value;
            do value = rng.nextInt(rng.nextInt(3) == 0 ? 256 : 128);
            while (automaton.next(state, value) == Automaton.DEAD && rng.nextInt(2000) > 0);
            if (automaton.next(state, value) == Automaton.DEAD) return Optional.empty();
            state = automaton.next(state, value);
            bytes.write(value);
        }
        return Optional.empty();
    }

    private static String mutated(String text, Rng rng) {
        int[] points = text.codePoints().toArray();
        int at = rng.nextInt(points.length + 1);
        String before = new String(points, 0, at);
        int behind = Math.min(points.length, at + rng.nextInt(2));
        return before + CHARACTERS[rng.nextInt(CHARACTERS.length)] + new String(points, behind, points.length - behind);
    }

    private static String text(Rng rng, int longest) {
        var text = new StringBuilder();
        for (int i = rng.nextInt(longest + 1); i > 0; i--) text.append(CHARACTERS[rng.nextInt(CHARACTERS.length)]);
        return text.toString();
    }

    @Test
    void randomExpressionsMatchWhatJavaMatches() {
        Rng rng = Rng.of(8, "expressions");
        int matched = 0;
        for (int round = 0; round < 1500; round++) {
            String expression = expression(rng, 3);
            Pattern pattern = Pattern.compile(expression);
            Automaton automaton;
            try {
                automaton = Automaton.regex(expression);
            } catch (UserError e) {
                assertThat(e.what()).contains("empty text");
                continue;
            }
            for (int i = 0; i < 40; i++) {
                var text = new StringBuilder();
                for (int j = rng.nextInt(7); j > 0; j--) text.append("abcé\n".charAt(rng.nextInt(5)));
                boolean expected = pattern.matcher(text).matches();
                assertThat(automaton.matches(text.toString()))
                        .as("%s on '%s'", expression, text)
                        .isEqualTo(expected);
                if (expected) matched++;
            }
        }
        assertThat(matched).isGreaterThan(5000);
    }

    private static String expression(Rng rng, int depth) {
        if (depth == 0) {
            String[] atoms = {"a", "b", "c", "é", ".", "[ab]", "[^a]", "\\w", "\\s", "()"};
            return atoms[rng.nextInt(atoms.length)];
        }
        String inner = expression(rng, depth - 1);
        String[] counts = {"*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"};
        return switch (rng.nextInt(5)) {
            case 0 -> inner + expression(rng, depth - 1);
            case 1 -> "(" + inner + "|" + expression(rng, depth - 1) + ")";
            case 2 -> "(?:" + inner + ")" + counts[rng.nextInt(counts.length)];
            case 3 -> inner + expression(rng, depth - 1) + expression(rng, depth - 1);
            default -> "(" + inner + ")" + counts[rng.nextInt(counts.length)];
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "(a)\\1 ~ 4 ~ looks around or back",
                "a(?=b) ~ 2 ~ of this kind",
                "(?<=a)b ~ 1 ~ of this kind",
                "(?i)abc ~ 1 ~ of this kind",
                "\\bword ~ 1 ~ looks around",
                "a++ ~ 3 ~ possessive",
                "a** ~ 3 ~ two quantifiers",
                "*a ~ 1 ~ nothing to repeat",
                "a{x} ~ 2 ~ no count",
                "a{3,1} ~ 2 ~ larger count",
                "(ab ~ 1 ~ not closed",
                "ab) ~ 3 ~ no group",
                "[ab ~ 1 ~ not closed",
                "[] ~ 1 ~ empty",
                "[z-a] ~ 2 ~ larger character",
                "[a-\\d] ~ 2 ~ single characters",
                "[[a]] ~ 2 ~ inside a class",
                "[a&&b] ~ 3 ~ cuts classes",
                "a^b ~ 2 ~ ^ stands inside",
                "a$b ~ 3 ~ $ stands inside",
                "(a$) ~ 3 ~ inside a group",
                "\\p{Xx} ~ 1 ~ no general category",
                "\\x4 ~ 1 ~ hexadecimal",
                "ab\\ ~ 3 ~ nothing follows",
                "\\ud83d ~ 1 ~ surrogate",
                "() ~ 1 ~ only the empty text",
                "a[^\\s\\S] ~ 1 ~ no text",
            })
    void whatIsNotSupportedIsRefusedWithItsPlace(String expression, int character, String problem) {
        assertThatThrownBy(() -> Automaton.regex(expression)).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("constrain.regex");
            assertThat(e.what()).contains("character " + character + " ", problem);
            assertThat(e.fix()).contains("supported are", "{n,m}");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a{1,1000}){1,1000}",
                "((((a{1,99}){1,99}){1,99}){1,99}){1,99}",
                "((){1,999999999}a{1,999999999}){999999999}",
                "(((a?){99}){99}){99}",
                "(a|b)*a(a|b){30}",
                "(a?){20000}",
                "(\\p{L}{1,100}){1,100}",
                "a{99999999999}"
            })
    void anExpressionThatExplodesIsRefusedAtOnce(String expression) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThatThrownBy(() -> Automaton.regex(expression))
                        .isInstanceOfSatisfying(UserError.class, e -> {
                            assertThat(e.code()).isEqualTo("constrain.too-large");
                            assertThat(e.fix()).contains("smaller counts");
                        }));
    }

    @Test
    void deepAndLongExpressionsAreRefused() {
        for (String expression : List.of("(".repeat(5000) + "a" + ")".repeat(5000), "a".repeat(70_000)))
            assertThatThrownBy(() -> Automaton.regex(expression))
                    .isInstanceOfSatisfying(
                            UserError.class, e -> assertThat(e.code()).isEqualTo("constrain.too-large"));
    }

    @Test
    void nestedStarsTakeTimeInStepWithTheText() {
        Automaton automaton = Automaton.regex("(((a*)*)*b?)*c"); // a backtracking matcher never comes back from this
        String text = "a".repeat(1_000_000);
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertThat(automaton.matches(text)).isFalse();
            assertThat(automaton.matches(text + "c")).isTrue();
        });
    }

    @Test
    void choicesAreExactlyTheirTexts() {
        Automaton automaton = Automaton.choices(List.of("yes", "yes, please", "né", "a*"));
        for (String text : List.of("yes", "yes, please", "né", "a*"))
            assertThat(automaton.matches(text)).isTrue();
        for (String text : List.of("", "ye", "yes,", "yes, pleas", "n", "a", "aa", "yesné"))
            assertThat(automaton.matches(text)).isFalse();
        for (List<String> none : List.of(List.<String>of(), List.of("a", ""), List.of("\ud800")))
            assertThatThrownBy(() -> Automaton.choices(none))
                    .isInstanceOfSatisfying(
                            UserError.class, e -> assertThat(e.code()).isEqualTo("constrain.choices"));
    }
}
