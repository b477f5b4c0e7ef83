package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.engine.Rng;
import dev.savile.files.hub.ModelLocator;
import dev.savile.generate.constrain.Automaton;
import dev.savile.generate.constrain.ConstraintWalk;
import dev.savile.generate.constrain.TokenConstraint;
import dev.savile.generate.constrain.Vocabulary;
import dev.savile.model.BaseModel;
import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a JSON schema costs: once for its automaton, and for each token that is written under it.
///
/// No model runs: the logits are random numbers, and the likeliest token that is left is taken.
final class StructuredOutput implements Bench {
    private static final String SCHEMA = """
            {"type": "object", "properties": {
              "department": {"enum": ["billing", "shipping", "returns", "technical", "other"]},
              "urgency": {"type": "integer", "minimum": 1, "maximum": 5},
              "summary": {"type": "string", "maxLength": 200},
              "customer": {"type": "object", "properties": {
                "name": {"type": "string"}, "email": {"type": "string", "pattern": "^[a-z0-9._]+@[a-z0-9.]+$"},
                "vip": {"type": "boolean"}}, "required": ["name"]},
              "order": {"type": ["string", "null"], "pattern": "^[A-Z]{2}-[0-9]{6}$"},
              "amount": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
              "due": {"type": "string", "format": "date"},
              "tags": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 5}},
             "required": ["department", "urgency", "summary"], "additionalProperties": false}""";
    private static final int LARGE = 151_936;
    private static final int COMPILATIONS = 9;
    private static final int ROUNDS = 3;
    private static final int WARM_UP = 150;
    private static final int ANSWERS = 50;
    private static final int MAX_TOKENS = 150;
    private static final double TOKEN_BAR_MILLIS = 0.1;
    private static final double COMPILE_BAR_MILLIS = 300;

    @Override
    public String name() {
        return "constrain";
    }

    @Override
    public String about() {
        return "a JSON schema over vocabularies of 49k and 152k tokens: time to compile it, and of a token's mask";
    }

    @Override
    public List<Row> run() {
        var folder = new ModelLocator(Env.ofProcess(), Progress.none())
                .locateDefault()
                .folder();
        Tokenizer tokenizer = BaseModel.encoder(folder).tokenizer();
        List<Row> rows = new ArrayList<>(measured(tokenizer));
        rows.addAll(measured(new EnlargedTokenizer(tokenizer, LARGE)));
        return rows;
    }

    private static List<Row> measured(Tokenizer tokenizer) {
        String size = tokenizer.vocabularySize() / 1000 + "k tokens";
        long start = System.nanoTime();
        var vocabulary = Vocabulary.of(tokenizer, List.of());
        double vocabularyMillis = millisSince(start);
        List<Double> compilations = new ArrayList<>();
        TokenConstraint constraint;
        do {
            start = System.nanoTime();
            constraint = new TokenConstraint(Automaton.jsonSchema(Json.strict().readTree(SCHEMA)), vocabulary);
            compilations.add(millisSince(start));
        } while (compilations.size() < COMPILATIONS);
        double compiled = Processes.median(compilations);
        var answers = new Answers(constraint, tokenizer.vocabularySize());
        List<Double> cold = answers.write(1, 0);
        answers.write(WARM_UP, 1);
        List<Double> medians = new ArrayList<>();
        List<Double> all = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            List<Double> warm = answers.write(ANSWERS, 2 + round);
            medians.add(Processes.median(warm));
            all.addAll(warm);
        }
        double median = Processes.median(medians);
        all.sort(null);
        return List.of(
                new Row(
                        size + ", schema compiled",
                        String.format(
                                Locale.ROOT,
                                "%.0f ms (first %.0f; vocabulary %.0f)",
                                compiled,
                                compilations.getFirst(),
                                vocabularyMillis),
                        String.format(Locale.ROOT, "at most %.0f ms", COMPILE_BAR_MILLIS),
                        compiled <= COMPILE_BAR_MILLIS),
                new Row(
                        size + ", mask and step of a token",
                        String.format(
                                Locale.ROOT,
                                "%.3f ms (99 %%: %.2f; first answer %.2f)",
                                median,
                                all.get(all.size() * 99 / 100),
                                cold.stream()
                                        .mapToDouble(Double::doubleValue)
                                        .average()
                                        .orElse(0)),
                        String.format(Locale.ROOT, "median at most %.1f ms", TOKEN_BAR_MILLIS),
                        median <= TOKEN_BAR_MILLIS));
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    /// Write answers and note the milliseconds of each token.
    private record Answers(TokenConstraint constraint, int vocabulary) {
        List<Double> write(int answers, int seed) {
            List<Double> millis = new ArrayList<>();
            var rng = Rng.of(seed, "constrain");
            float[] random = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) random[i] = (float) rng.nextGaussian();
            float[] logits = new float[vocabulary];
            for (int answer = 0; answer < answers; answer++) {
                ConstraintWalk walk = constraint.walk(MAX_TOKENS, List.of());
                boolean more = true;
                for (int left = MAX_TOKENS - 1; more && left >= 0; left--) {
                    int shift = rng.nextInt(vocabulary);
                    System.arraycopy(random, shift, logits, 0, vocabulary - shift);
                    System.arraycopy(random, 0, logits, vocabulary - shift, shift);
                    long start = System.nanoTime();
                    walk.mask(logits);
                    double masked = millisSince(start);
                    int id = largest(logits);
                    start = System.nanoTime();
                    more = walk.take(id, left);
                    millis.add(masked + millisSince(start));
                }
            }
            return millis;
        }

        private static int largest(float[] logits) {
            int best = 0;
            for (int id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
            return best;
        }
    }
}
