package dev.savile.evaluate.metrics.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Metrics of texts against sacrebleu, rouge-score and plain definitions.
class TextMetricsGoldenTest {
    private static List<JsonNode> cases(String file) {
        List<JsonNode> cases = new ArrayList<>();
        Path shared = Path.of(System.getProperty("savile.root", "."), "..", "shared");
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        Json.tree(shared.resolve("golden2/metrics").resolve(file)).get("cases").forEach(cases::add);
        assertThat(cases).isNotEmpty();
        return cases;
    }

    private static List<String> strings(JsonNode node) {
        List<String> strings = new ArrayList<>();
        node.forEach(one -> strings.add(one.asString()));
        return strings;
    }

    private static void close(double actual, JsonNode expected, String what) {
        double wanted = expected.asDouble();
        assertThat(actual).as(what).isCloseTo(wanted, within(1e-9 * Math.max(1, Math.abs(wanted))));
    }

    @Test
    void answersMatchTheirReferences() {
        for (JsonNode one : cases("qa.json")) {
            String answer = one.at("/input/prediction").asString();
            List<String> references = strings(one.at("/input/references"));
            JsonNode expected = one.get("expected");
            assertThat(Normalisation.SQUAD.apply(answer))
                    .isEqualTo(expected.get("normalized_prediction").asString());
            close(Match.exact(answer, references, Normalisation.RAW), expected.get("exact_match_raw"), answer);
            close(Match.exact(answer, references, Normalisation.SQUAD), expected.get("exact_match_squad"), answer);
            close(Match.wordF1(answer, references, Normalisation.SQUAD), expected.get("token_f1"), answer);
        }
    }

    @Test
    void translationsScoreAsSacrebleuSays() {
        for (JsonNode one : cases("translation.json")) {
            List<String> texts = strings(one.at("/input/hypotheses"));
            JsonNode expected = one.get("expected");
            List<Bleu> bleu = new ArrayList<>();
            List<ChrF> chrf = new ArrayList<>();
            List<ChrF> chrfWords = new ArrayList<>();
            List<Ter> ter = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i);
                List<String> references = strings(one.at("/input/references").get(i));
                assertThat(String.join(" ", Bleu.words(text)))
                        .isEqualTo(expected.get("tokenized_13a").get(i).asString());
                bleu.add(Bleu.of(text, references));
                chrf.add(ChrF.of(text, references, 0));
                chrfWords.add(ChrF.of(text, references, 2));
                ter.add(Ter.of(text, references));
                close(bleu.get(i).sentenceScore(), expected.get("sentence_bleu").get(i), "BLEU of " + text);
                close(chrf.get(i).score(), expected.get("sentence_chrf2").get(i), "chrF of " + text);
                close(ter.get(i).score(), expected.get("sentence_ter").get(i), "TER of " + text);
            }
            Bleu all = Bleu.sum(bleu);
            close(all.score(), expected.at("/corpus_bleu/score"), "BLEU of " + texts);
            for (int order = 0; order < 4; order++) {
                assertThat(all.shared()[order])
                        .isEqualTo(expected.at("/corpus_bleu/counts").get(order).asInt());
                assertThat(all.all()[order])
                        .isEqualTo(expected.at("/corpus_bleu/totals").get(order).asInt());
            }
            close(ChrF.sum(chrf).score(), expected.get("corpus_chrf2"), "chrF of " + texts);
            close(ChrF.sum(chrfWords).score(), expected.get("corpus_chrf2pp"), "chrF++ of " + texts);
            close(Ter.sum(ter).score(), expected.get("corpus_ter"), "TER of " + texts);
        }
    }

    @Test
    void summariesScoreAsRougeScoreSays() {
        for (JsonNode one : cases("rouge.json")) {
            String text = one.at("/input/prediction").asString();
            String reference = one.at("/input/reference").asString();
            JsonNode expected = one.at("/expected/plain");
            close(Rouge.runs(text, reference, 1), expected.get("rouge1"), "1: " + text);
            close(Rouge.runs(text, reference, 2), expected.get("rouge2"), "2: " + text);
            close(Rouge.longest(text, reference), expected.get("rougeL"), "L: " + text);
            close(Rouge.longestOfSentences(text, reference), expected.get("rougeLsum"), "Lsum: " + text);
        }
    }

    private static void close(Rouge.Score score, JsonNode expected, String what) {
        close(score.precision(), expected.get("precision"), what);
        close(score.recall(), expected.get("recall"), what);
        close(score.f1(), expected.get("f"), what);
    }

    @Test
    void editsAreCounted() {
        for (JsonNode one : cases("edit.json")) {
            String a = one.at("/input/a").asString();
            String b = one.at("/input/b").asString();
            JsonNode expected = one.get("expected");
            close(Edit.distance(a, b), expected.get("distance"), a);
            close(Edit.similarity(a, b), expected.get("similarity"), a);
            JsonNode words = expected.get("word_error_rate_b_is_reference");
            if (words == null) {
                assertThatThrownBy(() -> Edit.wordErrorRate(a, b)).isInstanceOf(IllegalArgumentException.class);
                continue;
            }
            close(Edit.wordErrorRate(a, b), words, a);
            close(Edit.characterErrorRate(a, b), expected.get("character_error_rate_b_is_reference"), a);
        }
    }

    @Test
    void passAtKIsTheChanceOfOneRightSample() {
        for (JsonNode one : cases("pass_at_k.json")) {
            JsonNode input = one.get("input");
            for (int i = 0; i < input.get("n").size(); i++)
                close(
                        PassAtK.of(
                                input.get("n").get(i).asInt(),
                                input.get("c").get(i).asInt(),
                                input.get("k").asInt()),
                        one.at("/expected/per_task").get(i),
                        one.toString());
        }
    }

    @Test
    void slotsAreMissingOrMadeUp() {
        for (JsonNode one : cases("slot_error.json")) {
            List<String> domain = strings(one.at("/input/domain_values"));
            List<SlotErrors> all = new ArrayList<>();
            for (JsonNode item : one.at("/input/items")) {
                List<String> values = new ArrayList<>();
                item.get("slots").forEach(value -> values.add(value.asString()));
                all.add(SlotErrors.of(item.get("text").asString(), values, domain));
            }
            for (int i = 0; i < all.size(); i++) {
                close(all.get(i).missing(), one.at("/expected/per_item").get(i).get("missing"), "missing");
                close(
                        all.get(i).hallucinated(),
                        one.at("/expected/per_item").get(i).get("hallucinated"),
                        "made up");
            }
            close(SlotErrors.sum(all).rate(), one.at("/expected/slot_error_rate"), "rate");
        }
    }

    @Test
    void runsLongerThanAReferenceCountOnNeitherSideOfACorpus() {
        ChrF brief = ChrF.of("yes indeed", List.of("yes"), 0);
        assertThat(brief.own()).containsExactly(9, 8, 7, 0, 0, 0);
        assertThat(brief.wanted()).containsExactly(3, 2, 1, 0, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "'1,234.50', 1234.5",
        "'$1,234.', 1234",
        "42%, 42",
        "-0.0, 0",
        "007, 7",
        ".5, 0.5",
        "twelve, twelve",
        "1.2.3, 1.2.3"
    })
    void numbersAreComparedByValue(String text, String expected) {
        assertThat(Normalisation.NUMBER.apply(text)).isEqualTo(expected);
    }
}
