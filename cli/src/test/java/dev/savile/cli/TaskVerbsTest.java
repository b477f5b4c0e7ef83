package dev.savile.cli;

import static dev.savile.cli.Command.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Tasks and prompts as a user runs them, on a tiny random model.
class TaskVerbsTest {
    @TempDir
    Path home;

    private Path model;
    private Path task;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.file();
        var csv = new StringBuilder("message,team\n");
        for (int i = 0; i < 160; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ")
                    .append(Integer.toString(i * 7919 + 50_003, 36))
                    .append(i % 2 == 0 ? ",pay\n" : ",post\n");
        Files.writeString(home.resolve("tickets.csv"), csv);
        task = home.resolve("tickets.yaml");
        Files.writeString(task, """
                name: tickets
                kind: label
                data: tickets.csv
                input: "{message}"
                target: "{team}"
                instruction: Sort.
                """);
    }

    private Command savile(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", "--task", task.toString()));
        return onModel(all);
    }

    private Command onModel(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(TinyModel.options(model));
        return Command.run(home, all.toArray(String[]::new));
    }

    /// Train an adapter on the rows of the task.
    private Path tuned(String technique, String... more) {
        Path folder = home.resolve(technique);
        List<String> all = new ArrayList<>(List.of("tune", technique, "--out", folder.toString()));
        all.addAll(List.of("--data", home.resolve("tickets.csv").toString(), "--text", "message", "--label", "team"));
        all.addAll(List.of("--set", "epochs=1", "--json"));
        all.addAll(List.of(more));
        json(onModel(all));
        return folder;
    }

    @Test
    void aTaskIsAskedOnceAndThenRemembered() {
        JsonNode first = json(savile("eval", "--limit", "20"));
        assertThat(first.get("rows").intValue()).isEqualTo(20);
        assertThat(first.at("/metrics/accuracy(raw,label)/value").doubleValue()).isBetween(0.0, 1.0);
        JsonNode second = json(savile("eval", "--limit", "20"));
        assertThat(second.get("cached").intValue()).isEqualTo(20);
        assertThat(second.get("metrics")).isEqualTo(first.get("metrics"));
        JsonNode anew = json(savile("eval", "--limit", "20", "--no-cache"));
        assertThat(anew.get("cached").intValue()).isZero();
        assertThat(anew.get("metrics")).isEqualTo(first.get("metrics"));
    }

    @Test
    void aSystemThatIsComparedWithItselfIsNotBetter() {
        JsonNode same = json(savile("eval", "--limit", "20", "--against", "base"));
        JsonNode comparison = same.at("/against/0/comparison");
        assertThat(comparison.get("difference").doubleValue()).isZero();
        assertThat(comparison.get("verdict").asString()).isIn("equivalent", "undecided");
        assertThat(same.at("/against/0/inert").booleanValue()).isTrue();
        JsonNode shown = json(savile("eval", "--limit", "20", "--shots", "1", "--against", "base"));
        assertThat(shown.get("promptTokens").doubleValue())
                .isGreaterThan(same.get("promptTokens").doubleValue());
    }

    @Test
    void aSavedPromptAnswersAsItsOptionsDidAndIsShownAndCompared() {
        JsonNode asked = json(savile("eval", "--limit", "20", "--shots", "1", "--demos", "bm25"));
        JsonNode saved = json(savile("prompt", "save", "--shots", "1", "--demos", "bm25", "--name", "one"));
        assertThat(saved.get("digest").asString()).hasSize(64);
        JsonNode again = json(savile("eval", "--limit", "20", "--with", "one"));
        assertThat(again.get("metrics")).isEqualTo(asked.get("metrics"));
        assertThat(json(savile("prompt", "show", "one")).at("/demos/strategy").asString())
                .isEqualTo("bm25");
        json(savile("prompt", "save", "--name", "none"));
        JsonNode differences = json(savile("prompt", "diff", "one", "none")).get("differences");
        assertThat(differences.propertyNames()).contains("demos.strategy", "demos.count");
        assertThat(json(savile("prompt", "diff", "one", "one"))
                        .get("differences")
                        .isEmpty())
                .isTrue();
    }

    private static String error(Command command) {
        assertThat(command.code()).isNotZero();
        return command.err();
    }

    @Test
    void aSavedPromptIsAskedWithoutItsExamples() {
        json(savile("prompt", "save", "--shots", "2", "--name", "shown"));
        JsonNode shown = json(savile("eval", "--limit", "10", "--with", "shown"));
        JsonNode taken = json(savile("eval", "--limit", "10", "--with", "shown", "--shots", "0"));
        JsonNode plain = json(savile("eval", "--limit", "10"));
        assertThat(taken.get("promptTokens")).isEqualTo(plain.get("promptTokens"));
        assertThat(taken.get("promptTokens").doubleValue())
                .isLessThan(shown.get("promptTokens").doubleValue());
        JsonNode again = json(savile("prompt", "save", "--with", "shown", "--name", "again"));
        assertThat(json(savile("prompt", "show", "again")).at("/demos/count").intValue())
                .isEqualTo(2);
        assertThat(again.get("digest"))
                .isEqualTo(json(savile("prompt", "save", "--shots", "2")).get("digest"));
    }

    @Test
    void aSavedCalibrationHoldsUntilThePromptChanges() {
        json(savile("prompt", "save", "--calibrate", "batch", "--name", "fair"));
        assertThat(json(savile("prompt", "show", "fair")).at("/prior/kind").asString())
                .isEqualTo("batch");
        JsonNode kept = json(savile("eval", "--limit", "10", "--with", "fair"));
        assertThat(kept.get("metrics").propertyNames()).contains("accuracy(raw,calibrated)");
        Command changed = savile("eval", "--limit", "10", "--with", "fair", "--instruction", "Say which.");
        assertThat(json(changed).get("metrics").propertyNames()).contains("accuracy(raw,label)");
        assertThat(changed.err()).contains("saved calibration is left out");
        JsonNode none = json(savile("eval", "--limit", "10", "--with", "fair", "--calibrate", "none"));
        assertThat(none.get("metrics").propertyNames()).contains("accuracy(raw,label)");
    }

    @Test
    void aPromptOfTheModelsOwnWaysHeedsItsOptions() {
        JsonNode saved = json(savile(
                "prompt",
                "rationales",
                "--rows",
                "12",
                "--answer-tokens",
                "6",
                "--shots",
                "2",
                "--samples",
                "3",
                "--demo-order",
                "as_selected",
                "--demo-layout",
                "block",
                "--demo-tokens",
                "90",
                "--name",
                "ways"));
        assertThat(saved.get("kept").intValue()).isPositive();
        JsonNode shown = json(savile("prompt", "show", "ways"));
        assertThat(shown.at("/demos/count").intValue()).isEqualTo(2);
        assertThat(shown.at("/demos/layout").asString()).isEqualToIgnoringCase("block");
        assertThat(shown.at("/demos/order").asString()).isEqualToIgnoringCase("as_selected");
        assertThat(shown.at("/demos/maxTokens").intValue()).isEqualTo(90);
        assertThat(shown.at("/reasoning/mode").asString()).isEqualToIgnoringCase("few_shot");
        assertThat(shown.at("/reasoning/samples").intValue()).isEqualTo(3);
    }

    @Test
    void examplesAreLeftAndOrderedByWhatTheModelAnswers() {
        json(savile(
                "prompt",
                "save",
                "--shots",
                "2",
                "--demo-pool",
                "12",
                "--demo-filter",
                "correct",
                "--demo-order",
                "entropy_probe",
                "--name",
                "asked"));
        JsonNode shown = json(savile("prompt", "show", "asked"));
        assertThat(shown.at("/demos/strategy").asString()).isEqualTo("fixed");
        assertThat(shown.at("/demos/pool").size()).isBetween(1, 11);
        json(savile("eval", "--limit", "5", "--with", "asked"));
        assertThat(error(savile("prompt", "save", "--demo-filter", "correct"))).contains("cli.no-effect");
        assertThat(error(savile("prompt", "save", "--shots", "2", "--demos", "bm25", "--demo-order", "entropy_probe")))
                .contains("prompt.probe");
        assertThat(error(savile("prompt", "optimize", "--demo-filter", "correct")))
                .contains("cli.no-effect", "--demo-filter");
        assertThat(error(savile("prompt", "rationales", "--demo-filter", "correct")))
                .contains("cli.no-effect", "--demo-filter");
    }

    private void written(String more) throws IOException {
        Files.writeString(task, """
                name: tickets
                kind: text
                data: tickets.csv
                input: "{message}"
                target: "{team}"
                max-tokens: 4
                """ + more);
    }

    @Test
    void aPromptKeepsTheFormOfItsAnswers() throws IOException {
        assertThat(error(savile("eval", "--limit", "5", "--regex", "(pay|post)")))
                .contains("task.form", "label");
        written("");
        JsonNode free = json(savile("eval", "--limit", "8"));
        JsonNode held = json(savile("eval", "--limit", "8", "--choices", "pay,post"));
        String score = "/metrics/exact_match(squad)/value";
        assertThat(free.at(score).doubleValue()).isZero();
        assertThat(held.at(score).doubleValue())
                .isPositive(); // an untrained model writes one of them, and half are right
        JsonNode saved = json(savile("prompt", "save", "--regex", "(pay|post)", "--name", "held"));
        assertThat(json(savile("prompt", "show", "held"))
                        .at("/decoding/form/regex")
                        .asString())
                .isEqualTo("(pay|post)");
        assertThat(saved.get("digest"))
                .isNotEqualTo(json(savile("prompt", "save", "--name", "free")).get("digest"));
        assertThat(json(savile("eval", "--limit", "8", "--with", "held")).at(score))
                .isEqualTo(held.at(score));
        JsonNode answer = json(onModel(List.of("generate", "--with", "held", "--prompt", "bill 1", "--json")));
        assertThat(answer.get("text").asString()).isIn("pay", "post");
        JsonNode other = json(
                onModel(List.of("generate", "--with", "held", "--prompt", "bill 1", "--regex", "[0-9]{2}", "--json")));
        assertThat(other.get("text").asString()).matches("[0-9]{2}");
        assertThat(error(savile("eval", "--limit", "5", "--with", "held", "--reasoning", "zero-shot")))
                .contains("prompt.form");
        assertThat(error(savile("eval", "--limit", "5", "--regex", "a", "--choices", "a")))
                .contains("cli.form");
        assertThat(error(savile("eval", "--limit", "5", "--regex", "(a"))).contains("constrain.regex");
    }

    @Test
    void aTaskNamesTheFormOfItsAnswers() throws IOException {
        written("""
                form: {json-schema: {type: object, properties: {team: {enum: [pay, post]}}, required: [team]}}
                answers: {team: {extract: [{json_field: team}], normalise: trim}}
                """);
        JsonNode held = json(savile("eval", "--limit", "8", "--answer-tokens", "24"));
        assertThat(held.get("unparsed").intValue()).isZero();
        written("form: {regex: a, choices: [b]}\n");
        assertThat(error(savile("eval", "--limit", "8"))).contains("prompt.form", "exclude each other");
        written("form: {schema: {}}\n");
        assertThat(error(savile("eval", "--limit", "8"))).contains("prompt.form");
    }

    @Test
    void itIsCountedHowManyOfSeveralAnswersAreRight() throws IOException {
        written("metrics: [exact_match, pass@1, pass@3]\nform: {choices: [pay, post]}\n");
        JsonNode drawn = json(savile("eval", "--limit", "12", "--samples", "4")).get("metrics");
        double one = drawn.at("/pass@1(trim)/value").doubleValue();
        double three = drawn.at("/pass@3(trim)/value").doubleValue();
        assertThat(three).isGreaterThan(one).isLessThanOrEqualTo(1);
        assertThat(error(savile("eval", "--limit", "8", "--samples", "2"))).contains("task.samples", "pass@3");
        JsonNode beside = json(savile("eval", "--limit", "8", "--samples", "4", "--against", "base"));
        assertThat(beside.at("/against/0/metrics").propertyNames()).doesNotContain("pass@3(trim)"); // one answer each
        written("metrics: [pass@2]\n");
        assertThat(error(savile("eval", "--limit", "8"))).contains("task.metric", "such as exact_match");
    }

    @Test
    void aPromptKeepsHowItsAnswersAreDrawn() throws IOException {
        assertThat(error(savile("eval", "--limit", "5", "--top-k", "3"))).contains("task.drawing", "top-k");
        written("");
        assertThat(error(savile("eval", "--limit", "5", "--top-k", "3"))).contains("task.drawing", "a temperature");
        assertThat(error(savile("eval", "--limit", "5", "--repetition-penalty", "0")))
                .contains("prompt.decoding", "repetition penalty");
        List<String> drawn = List.of("--temperature", "1.5", "--top-k", "7", "--repetition-penalty", "1.2");
        List<String> save = new ArrayList<>(List.of("prompt", "save", "--name", "drawn"));
        save.addAll(drawn);
        json(savile(save.toArray(String[]::new)));
        JsonNode decoding = json(savile("prompt", "show", "drawn")).get("decoding");
        assertThat(decoding.get("topK").intValue()).isEqualTo(7);
        assertThat(decoding.get("repetitionPenalty").doubleValue()).isEqualTo(1.2);
        List<String> ask = new ArrayList<>(List.of("generate", "--prompt", "bill 1", "--json", "--seed", "5"));
        List<String> bySavedPrompt = new ArrayList<>(ask);
        bySavedPrompt.addAll(List.of("--with", "drawn"));
        List<String> byOptions = new ArrayList<>(ask);
        byOptions.addAll(drawn);
        byOptions.addAll(List.of("--max-tokens", "4"));
        JsonNode saved = json(onModel(bySavedPrompt));
        assertThat(saved.get("ids")).isEqualTo(json(onModel(byOptions)).get("ids"));
        List<String> greedy = new ArrayList<>(bySavedPrompt);
        greedy.addAll(List.of("--temperature", "0"));
        assertThat(json(onModel(greedy)).get("ids")).isNotEqualTo(saved.get("ids"));
    }

    @Test
    void itIsSaidHowLongARequestTakesAndHowMuchMemory() throws IOException {
        JsonNode asked = json(savile("eval", "--limit", "20", "--latency", "4"));
        assertThat(asked.at("/request/requests").intValue()).isEqualTo(4);
        double middle = asked.at("/request/p50Milliseconds").doubleValue();
        assertThat(middle).isPositive();
        assertThat(asked.at("/request/p95Milliseconds").doubleValue()).isGreaterThanOrEqualTo(middle);
        assertThat(asked.get("peakBytes").longValue()).isPositive();
        assertThat(json(savile("eval", "--limit", "20")).has("request")).isFalse();
        assertThat(error(savile("eval", "--limit", "20", "--latency", "-1"))).contains("eval.latency");
        Path report = home.resolve("report.md");
        json(savile("eval", "--limit", "20", "--latency", "4", "--report", report.toString()));
        assertThat(report).content().contains("a request, ms (p50 / p95)");
        Path page = home.resolve("report.html");
        json(savile("eval", "--limit", "20", "--latency", "4", "--report", page.toString()));
        assertThat(page).content().contains("A request, ms (p95)", "Memory, MB");
    }

    @Test
    void probabilitiesOfAllLabelsAndExactIntervalsAreReported() throws IOException {
        Files.writeString(task, Files.readString(task) + "metrics: [accuracy, brier, selective_acc@0.5]\n");
        JsonNode scored = json(savile("eval", "--limit", "20", "--exact-interval", "--against", "base"));
        assertThat(scored.at("/metrics/brier(raw,label)/value").doubleValue()).isBetween(0.0, 2.0);
        assertThat(scored.at("/metrics/selective_acc@0.5(raw,label)/value").doubleValue())
                .isBetween(0.0, 1.0);
        JsonNode exact = scored.get("exactInterval");
        JsonNode wilson = scored.at("/metrics/accuracy(raw,label)");
        assertThat(exact.get("low").doubleValue())
                .isLessThanOrEqualTo(wilson.get("low").doubleValue());
        assertThat(exact.get("high").doubleValue())
                .isGreaterThanOrEqualTo(wilson.get("high").doubleValue());
        assertThat(json(savile("eval", "--limit", "20")).has("exactInterval")).isFalse();
    }

    @Test
    void textsThatArePredictedAreAskedNothing() throws IOException {
        json(savile("prompt", "save", "--name", "plain"));
        Files.writeString(home.resolve("plays.txt"), "To be, or not to be, that is the question.\n".repeat(8));
        Files.writeString(task, "kind: perplexity\ndata: plays.txt\nmax-tokens: 32\n");
        json(savile("eval"));
        for (String option : List.of("--instruction", "--answer-tokens", "--reasoning"))
            assertThat(error(savile("eval", option, option.equals("--reasoning") ? "zero-shot" : "9")))
                    .contains("eval.perplexity", option);
        assertThat(error(savile("eval", "--with", "plain"))).contains("cli.prompt");
    }

    @Test
    void theVectorsOfExamplesAreKeptBesideTheirPrompt() throws IOException {
        JsonNode asked = json(savile("eval", "--limit", "10", "--shots", "2", "--demos", "embed_knn"));
        JsonNode saved = json(savile("prompt", "save", "--shots", "2", "--demos", "embed_knn", "--name", "near"));
        Path folder = Path.of(saved.get("customization").asString());
        assertThat(folder.resolve("savile/demo-vectors.safetensors")).exists();
        assertThat(Json.tree(folder.resolve("savile/manifest.json"))
                        .get("files")
                        .propertyNames())
                .contains("savile/demo-vectors.safetensors");
        assertThat(json(savile("eval", "--limit", "10", "--with", "near")).get("metrics"))
                .isEqualTo(asked.get("metrics"));
        JsonNode other = json(savile("prompt", "save", "--shots", "2", "--demos", "bm25", "--name", "words"));
        assertThat(Path.of(other.get("customization").asString()).resolve("savile/demo-vectors.safetensors"))
                .doesNotExist();
    }

    @Test
    void optionsThatWouldHaveNoEffectAreRefused() throws IOException {
        assertThat(error(savile("eval", "--limit", "5", "--samples", "5"))).contains("task.samples");
        assertThat(error(savile("prompt", "optimize", "--calibrate", "cc"))).contains("cli.no-effect", "--calibrate");
        assertThat(error(savile("prompt", "rationales", "--demo-pool", "5"))).contains("cli.no-effect", "--demo-pool");
        assertThat(error(savile("prompt", "rationales", "--reasoning", "zero-shot")))
                .contains("cli.no-effect", "--reasoning");
        assertThat(error(savile("prompt", "rationales", "--shots", "0"))).contains("prompt.rationales");
        Files.writeString(task, Files.readString(task) + "evaluate-only: true\n");
        assertThat(error(savile("eval", "--limit", "5", "--calibrate", "batch")))
                .contains("task.no-train");
    }

    /// Make an adapter, and take away what tells that it was made here.
    private Path foreign(String technique) throws IOException {
        Path folder = tuned(technique, "--set", "learning-rate=0.01");
        try (Stream<Path> own = Files.walk(folder.resolve("savile"))) {
            for (Path file : own.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
        return folder;
    }

    @ParameterizedTest
    @CsvSource({"lora, lora_alpha", "bottleneck, scaling"})
    void anEditedConfigurationOfAForeignAdapterIsAnotherSystem(String technique, String edited) throws IOException {
        Path adapter = foreign(technique);
        String[] asked = {"eval", "--limit", "10", "--with", adapter.toString()};
        JsonNode first = json(savile(asked));
        assertThat(first.get("cached").intValue()).isZero();
        assertThat(json(savile(asked)).get("cached").intValue()).isEqualTo(10);
        Path file = adapter.resolve("adapter_config.json");
        String config = Files.readString(file);
        Files.writeString(file, config.replaceFirst("\"" + edited + "\" ?: ?[0-9.]+", "\"" + edited + "\": 64.0"));
        assertThat(Files.readString(file)).isNotEqualTo(config);
        JsonNode after = json(savile(asked));
        assertThat(after.get("cached").intValue()).isZero();
        assertThat(after.get("metrics")).isNotEqualTo(first.get("metrics"));
    }

    @Test
    void aPromptThatKnowsNoneOfTheLabelsIsRefused() throws IOException {
        json(savile("prompt", "save", "--name", "tickets"));
        Files.writeString(home.resolve("animals.csv"), "message,label\nit barks,dog\nit meows,cat\n");
        Files.writeString(home.resolve("animals.yaml"), "data: animals.csv\nevaluate-only: true\ninput: '{message}'\n");
        task = home.resolve("animals.yaml");
        Command refused = savile("eval", "--with", "tickets");
        assertThat(refused.err()).contains("eval.labels", "none of the labels", "pay");
        Files.writeString(home.resolve("animals.csv"), "message,label\nit barks,dog\nit costs,pay\n");
        Command warned = savile("eval", "--with", "tickets");
        assertThat(warned.code()).as(warned.err()).isZero();
        assertThat(warned.err()).contains("has never seen 1 of the labels (dog)");
    }

    @Test
    void severalSystemsAreComparedInOneReport() throws IOException {
        json(savile("prompt", "save", "--name", "plain"));
        json(savile("prompt", "save", "--shots", "1", "--name", "shown"));
        Path page = home.resolve("report.html");
        Path data = home.resolve("report.json");
        JsonNode found = json(savile(
                "eval",
                "--limit",
                "20",
                "--with",
                "shown",
                "--against",
                "plain",
                "--against",
                "base",
                "--report",
                page.toString(),
                "--report",
                data.toString()));
        assertThat(found.get("against")).hasSize(2);
        assertThat(found.at("/against/0/system").asString()).isEqualTo("plain");
        assertThat(Files.readString(page)).contains("for 2 comparisons");
        JsonNode report = Json.strict().readTree(Files.readString(data));
        assertThat(report.get("results")).hasSize(3);
        assertThat(report.at("/results/0/items")).hasSize(20);
        assertThat(report.get("comparisons")).hasSize(2);
    }

    @Test
    void flipsAreListedInFullAndAddUpToTheDifference() throws IOException {
        Path data = home.resolve("report.json");
        JsonNode found =
                json(savile("eval", "--instruction", "Why?", "--against", "base", "--report", data.toString()));
        assertThat(found.get("minimumDetectableGap").doubleValue()).isBetween(0.05, 0.2);
        JsonNode flips = found.at("/against/0/flips");
        int sum = 0;
        for (JsonNode flip : flips) {
            boolean better = flip.get("better").asString().equals("first");
            assertThat(flip.get(better ? "first" : "second").asString())
                    .isEqualTo(flip.get("wanted").asString());
            assertThat(flip.get(better ? "second" : "first").asString())
                    .isNotEqualTo(flip.get("wanted").asString());
            sum += better ? 1 : -1;
        }
        assertThat(found.at("/against/0/comparison/difference").doubleValue())
                .isCloseTo(sum / found.get("rows").doubleValue(), within(1e-12));
        assertThat(Json.strict().readTree(Files.readString(data)).at("/comparisons/0/flips"))
                .isEqualTo(flips);
    }

    @Test
    void systemsAreToldByTheirDigests() throws IOException {
        String digest =
                json(savile("prompt", "save", "--name", "plain")).get("digest").asString();
        Path data = home.resolve("report.json");
        JsonNode found = json(
                savile("eval", "--limit", "10", "--with", "plain", "--against", "base", "--report", data.toString()));
        assertThat(found.at("/applied/prompt").asString()).isEqualTo(digest);
        assertThat(found.at("/applied/customization").asString()).hasSize(64);
        assertThat(found.at("/against/0/applied").has("customization")).isFalse();
        assertThat(found.at("/against/0/applied/base").asString())
                .isEqualTo(found.at("/applied/base").asString())
                .hasSize(64);
        JsonNode report = Json.strict().readTree(Files.readString(data));
        assertThat(report.at("/systems/0/applied")).isEqualTo(found.get("applied"));
        assertThat(report.at("/systems/1/applied")).isEqualTo(found.at("/against/0/applied"));
    }

    @Test
    void promptOptionsGoToAllSystemsButASavedPromptStaysAsItIs() {
        Path lora = tuned("lora");
        JsonNode plain = json(savile("eval", "--limit", "10"));
        JsonNode shown = json(savile("eval", "--limit", "10", "--shots", "1", "--against", "base"));
        assertThat(shown.get("asked").asString()).contains("with the options given, 1 example (random)");
        // without a customization the options alone tell the two apart
        assertThat(shown.at("/against/0/system").asString()).isEqualTo("base as the task asks");
        assertThat(shown.at("/against/0/applied/prompt")).isEqualTo(plain.at("/applied/prompt"));
        json(savile("prompt", "save", "--name", "saved"));
        JsonNode compared = json(savile(
                "eval",
                "--limit",
                "10",
                "--shots",
                "1",
                "--with",
                lora.toString(),
                "--against",
                "base",
                "--against",
                "saved"));
        assertThat(compared.at("/asked").asString()).contains("1 example (random)");
        assertThat(compared.at("/against/0/system").asString()).isEqualTo("base");
        assertThat(compared.at("/against/0/applied/prompt")).isEqualTo(shown.at("/applied/prompt"));
        assertThat(compared.at("/against/0/promptTokens")).isEqualTo(shown.get("promptTokens"));
        assertThat(compared.at("/against/1/asked").asString()).isEqualTo("its own prompt as saved");
        assertThat(compared.at("/against/1/promptTokens")).isEqualTo(plain.get("promptTokens"));
    }

    @Test
    void whatTheRowsCanShowIsSaidBeforeTheModelIsLoaded() {
        Command asked =
                Command.run(home, "eval", "--model", home.resolve("none").toString(), "--task", task.toString());
        assertThat(asked.code()).isNotZero();
        assertThat(asked.out()).containsPattern("with \\d+ rows (a|hardly any) gap");
    }

    @Test
    void aSearchSaysWhatEachStepBroughtAndKeepsThePrompt() {
        JsonNode found = json(savile("prompt", "optimize", "--name", "best", "--budget", "60s", "--try", "Sort it."));
        assertThat(found.get("steps")).isNotEmpty();
        for (JsonNode step : found.get("steps")) {
            boolean gain = step.get("after").doubleValue() > step.get("before").doubleValue();
            if (step.get("accepted").booleanValue()) assertThat(gain).isTrue();
            assertThat(step.get("reason").asString()).isNotBlank();
        }
        assertThat(json(savile("eval", "--limit", "10", "--with", "best"))
                        .get("rows")
                        .intValue())
                .isEqualTo(10);
    }

    @Test
    void tasksAreListed() {
        Command listed = Command.run(home, "eval", "--list-tasks", "--json");
        assertThat(Json.strict().readTree(listed.lastLine()).get("tasks")).hasSize(22);
    }

    @Test
    void mistakesAreNamed() {
        assertThat(savile("eval", "--demos", "bm52").err()).contains("prompt.strategy");
        assertThat(savile("eval", "--reasoning", "deep").err()).contains("cli.value", "zero_shot");
        assertThat(savile("eval", "--data", "x.csv").err()).contains("eval.task");
        assertThat(savile("eval", "--data-dir", home.resolve("none").toString()).err())
                .contains("task.folder");
        assertThat(savile("prompt", "diff", "one").err()).contains("prompt.names");
        assertThat(Command.run(home, "eval", "--task", "snipz", "--json").err()).contains("task.unknown", "snips");
        assertThat(Command.run(home, "prompt", "save", "--json").err()).contains("task.missing");
    }
}
