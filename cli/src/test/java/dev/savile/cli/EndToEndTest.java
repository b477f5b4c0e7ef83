package dev.savile.cli;

import static dev.savile.cli.Command.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The verbs as a user runs them, one after the other, on a tiny random model.
class EndToEndTest {
    @TempDir
    Path home;

    private Path model;
    private Path data;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.file();
        data = home.resolve("tickets.csv");
        var csv = new StringBuilder("message,team\n");
        for (int i = 0; i < 160; i++)
            csv.append(i % 2 == 0 ? "\"bill, " : "\"box, ")
                    .append(Integer.toString(i * 7919 + 50_003, 36))
                    .append("\",")
                    .append(i % 2 == 0 ? "pay" : "post")
                    .append('\n');
        Files.writeString(data, csv);
    }

    private Command savile(String... arguments) {
        return Command.run(home, complete(List.of(arguments)));
    }

    /// Run a verb on the labelled rows.
    private Command onTickets(String... arguments) {
        return Command.run(home, complete(ticketed(List.of(arguments))));
    }

    private String[] complete(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(TinyModel.options(model));
        all.add("--json");
        return all.toArray(String[]::new);
    }

    private List<String> ticketed(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--data", data.toString(), "--text", "message", "--label", "team"));
        return all;
    }

    private JsonNode tuned(Path out) {
        return json(onTickets(
                "tune",
                "lora",
                "--out",
                out.toString(),
                "--set",
                "epochs=2",
                "--set",
                "learning-rate=0.01",
                "--resume"));
    }

    @Test
    void whatIsTunedIsEvaluatedComparedAndUsed() throws IOException {
        Path out = home.resolve("team");
        JsonNode tune = tuned(out);
        assertThat(tune.get("steps").intValue()).isEqualTo(20);
        for (String key : List.of("customization", "run", "rowsPerSecond", "tokensPerSecond", "peakBytes", "loss"))
            assertThat(tune.has(key)).as(key).isTrue();
        assertThat(out.resolve("adapter_model.safetensors")).exists();
        assertThat(out.resolve("adapter_config.json")).exists();

        JsonNode again = tuned(out);
        assertThat(again.get("steps").intValue()).isEqualTo(20); // finished: it answers at once
        assertThat(onTickets("tune", "ia3", "--out", out.toString(), "--resume").err())
                .contains("tune.finished", "not ia3");
        assertThat(onTickets("tune", "lora", "--out", out.toString(), "--resume", "--set", "rank=3")
                        .err())
                .contains("tune.finished", "rank is 3, it was 8", "epochs is 3.0, it was 2.0")
                .doesNotContain("learningRate");
        assertThat(savile(
                                "tune",
                                "lora",
                                "--data",
                                Files.writeString(home.resolve("more.csv"), "text,label\na,pay\nb,post\nc,pay\n")
                                        .toString(),
                                "--out",
                                out.toString(),
                                "--resume")
                        .err())
                .contains("tune.finished", "other rows");

        JsonNode eval = json(onTickets("eval", "--with", out.toString(), "--against", "base"));
        assertThat(eval.get("rows").intValue()).isEqualTo(160);
        JsonNode accuracy = eval.at("/metrics/accuracy");
        assertThat(accuracy.get("low").doubleValue())
                .isLessThanOrEqualTo(accuracy.get("value").doubleValue());
        assertThat(accuracy.get("value").doubleValue()).isGreaterThan(0.9); // half of the rows by chance
        assertThat(eval.at("/against/0/comparison/verdict").asString())
                .isIn("better", "worse", "equivalent", "undecided");
        assertThat(eval.get("minimumDetectableGap").doubleValue()).isBetween(0.01, 0.1);
        int gained = 0;
        for (JsonNode flip : eval.at("/against/0/flips"))
            gained += flip.get("better").asString().equals("first") ? 1 : -1;
        assertThat(eval.at("/against/0/comparison/difference").doubleValue()).isCloseTo(gained / 160.0, within(1e-12));
        assertThat(eval.at("/against/0/inert").booleanValue()).isFalse();
        assertThat(eval.at("/applied/customization").asString()).hasSize(64);
        assertThat(eval.at("/against/0/applied").has("customization")).isFalse();

        JsonNode text = json(savile("generate", "--with", out.toString(), "--prompt", "bill"));
        assertThat(text.get("text").asString()).isIn("pay", "post");
        assertThat(text.get("probability").doubleValue()).isBetween(0.5, 1.0);

        assertThat(json(Command.run(home, "runs", "--json")).toString()).contains("tune", "finished");
    }

    @Test
    void answersAreHeldToAForm() throws IOException {
        Path schema = home.resolve("schema.json");
        Files.writeString(schema, """
                {"type": "object", "properties": {"team": {"enum": ["pay", "post"]}, "days": {"type": "integer",
                "minimum": 1, "maximum": 30}}, "required": ["team", "days"]}""");
        JsonNode chosen = json(savile("generate", "--prompt", "bill", "--max-tokens", "12", "--choices", "pay,post"));
        assertThat(chosen.get("text").asString()).isIn("pay", "post");
        assertThat(chosen.get("finish").asString()).isEqualTo("stop");
        JsonNode matched = json(savile(
                "generate",
                "--prompt",
                "bill",
                "--max-tokens",
                "12",
                "--regex",
                "[A-Z]{2}:\\d{3}",
                "--temperature",
                "2"));
        assertThat(matched.get("text").asString()).matches("[A-Z]{2}:\\d{3}");
        JsonNode written = json(savile(
                "generate", "--prompt", "bill", "--max-tokens", "40", "--json-schema", schema.toString(), "--raw"));
        JsonNode answer = Json.strict().readTree(written.get("text").asString());
        assertThat(answer.get("team").asString()).isIn("pay", "post");
        assertThat(answer.get("days").intValue()).isBetween(1, 30);
    }

    @Test
    void formsThatCannotBeHeldToAreRefused() throws IOException {
        Path schema = home.resolve("schema.json");
        Files.writeString(schema, "{\"type\": \"array\", \"uniqueItems\": true}");
        refusedForm("constrain.regex", "--regex", "(a)\\1");
        refusedForm("constrain.too-large", "--regex", "(a{1,1000}){1,1000}");
        refusedForm("constrain.schema", "--json-schema", schema.toString());
        refusedForm("constrain.choices", "--choices", "a,,b");
        refusedForm("cli.form", "--choices", "a,b", "--regex", "a");
        refusedForm("constrain.max-tokens", "--regex", "[0-9]{90}", "--max-tokens", "12");
        assertThat(savile(
                                "generate",
                                "--prompt",
                                "x",
                                "--json-schema",
                                home.resolve("none").toString())
                        .code())
                .isEqualTo(3);
    }

    private void refusedForm(String code, String... form) {
        List<String> arguments = new ArrayList<>(List.of("generate", "--prompt", "bill"));
        arguments.addAll(List.of(form));
        Command refused = savile(arguments.toArray(String[]::new));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(Json.strict().readTree(refused.lastLine()).at("/error/code").asString())
                .isEqualTo(code);
    }

    /// The tiny model's context is short: virtual tokens must be few.
    static List<String> fewTokens(String technique) {
        List<String> settings = new ArrayList<>();
        boolean combined = technique.contains("+");
        for (String part : technique.split("\\+", -1))
            if (List.of("prompt_tuning", "p_tuning", "prefix_tuning").contains(part))
                settings.addAll(List.of("--set", (combined ? part + "." : "") + "tokens=3"));
        return settings;
    }

    static Stream<String> techniques() {
        return Stream.concat(
                TuneSettings.known().stream(), Stream.of("lora+prompt_tuning", "dora+ia3+bottleneck+prefix_tuning"));
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void everyTechniqueIsTunedSavedReadAndResumed(String technique) {
        List<String> command = new ArrayList<>(List.of("tune", technique, "--set", "epochs=1"));
        command.addAll(fewTokens(technique));
        requireResumable(ticketed(command), 10);
        Path whole = home.resolve("whole");
        Path out = home.resolve("resumed");
        assertThat(logits("--with", out.toString())).isNotEqualTo(logits());
        JsonNode eval = json(onTickets("eval", "--with", out.toString(), "--limit", "20"));
        JsonNode again = json(onTickets("eval", "--with", whole.toString(), "--limit", "20"));
        assertThat(eval.at("/metrics/accuracy")).isEqualTo(again.at("/metrics/accuracy"));
        JsonNode answer = json(savile("generate", "--with", out.toString(), "--prompt", "bill"));
        assertThat(answer.get("text").asString()).isIn("pay", "post");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "p_tuning --set tokens=3 --set encoder=lstm --set encoder-hidden=8 --set encoder-dropout=0.1",
                "p_tuning --set tokens=3 --set encoder=nemo_mlp",
                "prefix_tuning --set tokens=3 --set projection=6"
            })
    void whatAnEncoderMakesIsResumedToTheByte(String words) {
        List<String> command = new ArrayList<>(List.of("tune", "--set", "epochs=1"));
        command.addAll(List.of(words.split(" ")));
        requireResumable(ticketed(command), 10);
        assertThat(tensorFiles(home.resolve("resumed"))).containsKey("savile/encoder.safetensors");
    }

    @Test
    void aTableOfTasksIsResumedToTheByte() throws IOException {
        Path templates =
                Files.writeString(home.resolve("tasks.json"), "[" + template("bills") + "," + template("boxes") + "]");
        Path rows = Files.writeString(home.resolve("rows.jsonl"), taskRows(48));
        List<String> command = new ArrayList<>(List.of("tune", "p_tuning", "--tasks", templates.toString()));
        command.addAll(List.of("--data", rows.toString(), "--set", "epochs=2"));
        command.addAll(List.of("--set", "encoder-hidden=8", "--set", "encoder=lstm"));
        requireResumable(command, 6);
        assertThat(tensorFiles(home.resolve("resumed")))
                .containsKeys("bills/adapter_model.safetensors", "boxes/savile/encoder.safetensors");
    }

    /// A training that is stopped and goes on leaves the files, in `resumed`, of one that was not, in `whole`.
    private void requireResumable(List<String> tune, int steps) {
        Path whole = home.resolve("whole");
        List<String> command = new ArrayList<>(tune);
        command.addAll(List.of("--out", whole.toString()));
        assertThat(json(savile(command.toArray(String[]::new))).get("steps").intValue())
                .isEqualTo(steps);

        Path out = home.resolve("resumed");
        Path log = home.resolve("log");
        command.set(command.size() - 1, out.toString());
        command.add("--resume");
        List<String> logged = new ArrayList<>(command);
        logged.addAll(List.of("--log", log.toString(), "--set", "checkpoint-seconds=0"));
        Command stopped = Command.interrupted(home, log, steps / 2 - 1, complete(logged));
        assertThat(stopped.code()).as(stopped.err()).isNotZero();
        assertThat(onTickets("eval", "--with", out.toString()).err()).contains("customization.unfinished");
        assertThat(json(savile(command.toArray(String[]::new))).get("steps").intValue())
                .isEqualTo(steps);
        assertThat(tensorFiles(out)).isNotEmpty().isEqualTo(tensorFiles(whole));
    }

    private static String template(String task) {
        return """
                {"taskname":"%s","prompt_template":"<|VIRTUAL_PROMPT_0|>{text}:{label}","total_virtual_tokens":3,
                 "virtual_token_splits":[3],"truncate_field":null,"answer_only_loss":true,"answer_field":"label"}""".formatted(task);
    }

    /// Rows of the tasks `bills` and `boxes` in turn.
    private static String taskRows(int count) {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++)
            lines.append("{\"taskname\":\"%s\",\"text\":\"no %d\",\"label\":\"%s\"}\n"
                    .formatted(i % 2 == 0 ? "bills" : "boxes", i, i % 2 == 0 ? "pay" : "post"));
        return lines.toString();
    }

    /// Digests of the files of tensors in a finished customization, by their places in it.
    private static Map<String, String> tensorFiles(Path folder) {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".safetensors"))
                    .toList()) {
                String name = folder.relativize(file).toString();
                if (!name.contains("train")) digests.put(name, Digest.ofFile(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return digests;
    }

    private JsonNode logits(String... with) {
        Path file = home.resolve("logits.json");
        List<String> command = new ArrayList<>(List.of("logits", "--ids", "1,2,3", "--out", file.toString()));
        command.addAll(List.of(with));
        json(savile(command.toArray(String[]::new)));
        return Json.tree(file).get("logits");
    }

    @Test
    void aMergedModelAnswersAsBaseAndCustomizationDo() {
        Path out = home.resolve("team");
        tuned(out);
        Path merged = home.resolve("merged");
        json(savile("merge", "--with", out.toString(), "--out", merged.toString()));
        Path one = home.resolve("one.json");
        Path two = home.resolve("two.json");
        json(savile("logits", "--with", out.toString(), "--ids", "1,2,3,4", "--out", one.toString()));
        json(Command.run(
                home,
                "logits",
                "--model",
                merged.toString(),
                "--precision",
                "fp32",
                "--threads",
                "1",
                "--json",
                "--ids",
                "1,2,3,4",
                "--out",
                two.toString()));
        JsonNode expected = Json.tree(one).get("logits");
        JsonNode actual = Json.tree(two).get("logits");
        for (int i = 0; i < expected.size(); i++)
            assertThat(actual.get(i).doubleValue()).isCloseTo(expected.get(i).doubleValue(), within(1e-4));
    }

    @Test
    void rowsOfOtherKindsAreTrainedOnAndScored() throws IOException {
        Path chats = home.resolve("chats.jsonl");
        var lines = new StringBuilder();
        for (int i = 0; i < 20; i++)
            lines.append("{\"messages\":[{\"role\":\"user\",\"content\":\"bill ")
                    .append(i)
                    .append("\"},{\"role\":\"assistant\",\"content\":\"paid\"}]}\n");
        Files.writeString(chats, lines);
        Path out = home.resolve("chat");
        Path log = home.resolve("log");
        List<String> command = new ArrayList<>(List.of("tune", "lora", "--data", chats.toString()));
        command.addAll(List.of("--out", out.toString(), "--validation", "0.2", "--log", log.toString()));
        JsonNode tuned = json(savile(command.toArray(String[]::new)));
        assertThat(tuned.get("validationLoss").doubleValue()).isPositive();
        assertThat(tuned.get("validationReplyMatch").doubleValue())
                .isBetween(0.0, tuned.get("validationTokenAccuracy").doubleValue());
        assertThat(log.resolve("events.jsonl")).content().contains("validation");
        JsonNode before = json(savile("eval", "--data", chats.toString()));
        JsonNode after = json(savile("eval", "--data", chats.toString(), "--with", out.toString()));
        assertThat(after.at("/metrics/loss/value").doubleValue())
                .isLessThan(before.at("/metrics/loss/value").doubleValue());
        assertThat(after.at("/metrics/perplexity/value").doubleValue()).isGreaterThan(1);
    }

    @Test
    void aColumnThatIsNotThereIsNamed() throws IOException {
        Command refused = savile("tune", "lora", "--data", data.toString(), "--map", "prompt=question,completion=team");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("data.column", "question", "message");
    }

    @Test
    void aSavedAdapterIsTrainedFurther() {
        Path first = home.resolve("first");
        List<String> soft = List.of("--set", "tokens=3", "--set", "encoder-hidden=8", "--set", "epochs=1");
        List<String> command = new ArrayList<>(List.of("tune", "p_tuning", "--out", first.toString()));
        command.addAll(soft);
        double loss =
                json(onTickets(command.toArray(String[]::new))).get("loss").doubleValue();
        Path second = home.resolve("second");
        command = new ArrayList<>(List.of("tune", "p_tuning", "--out", second.toString(), "--from", first.toString()));
        command.addAll(List.of("--set", "epochs=1"));
        JsonNode further = json(onTickets(command.toArray(String[]::new)));
        assertThat(further.get("loss").doubleValue()).isLessThan(loss);
        assertThat(Json.tree(second.resolve("savile/manifest.json"))
                        .get("parents")
                        .size())
                .isOne();
        Command other = onTickets("tune", "lora", "--out", home.resolve("x").toString(), "--from", first.toString());
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("tune.from", "p_tuning");
    }

    @Test
    void adaptersAreCombined() {
        Path one = home.resolve("one");
        Path two = home.resolve("two");
        tuned(one);
        json(onTickets("tune", "lora", "--out", two.toString(), "--set", "epochs=1", "--seed", "7"));
        Path both = home.resolve("both");
        List<String> command = new ArrayList<>(List.of("combine", "--with", one.toString(), "--with", two.toString()));
        command.addAll(List.of("--weights", "0.6,0.4", "--out", both.toString()));
        JsonNode combined = json(savile(command.toArray(String[]::new)));
        assertThat(combined.get("rank").intValue()).isEqualTo(16);
        assertThat(combined.get("error").doubleValue()).isLessThan(1e-5);
        json(onTickets("eval", "--with", both.toString(), "--limit", "10"));
    }

    @Test
    void aRateIsSoughtWithoutTraining() throws IOException {
        JsonNode found = json(onTickets("tune", "lora", "--find-rate"));
        assertThat(found.get("points").size()).isGreaterThan(10);
        assertThat(home.resolve("customizations")).doesNotExist();
    }

    @Test
    void tasksAreAddedListedRenamedAndRemovedAndOthersStayToTheByte() throws IOException {
        Path one = table("bills", null);
        Path two = table("boxes", one);
        for (String file : List.of("adapter_model.safetensors", "adapter_config.json", "savile/task.json"))
            assertThat(two.resolve("bills").resolve(file))
                    .hasSameBinaryContentAs(one.resolve("bills").resolve(file));
        JsonNode listed = json(Command.run(home, "tasks", "--with", two.toString(), "--json"));
        assertThat(listed.at("/tasks/1/taskname").asString()).isEqualTo("boxes");

        Path less = home.resolve("less");
        List<String> edit = List.of("--rename", "boxes=parcels", "--remove", "bills", "--out", less.toString());
        List<String> command = new ArrayList<>(List.of("tasks", "--with", two.toString(), "--json"));
        command.addAll(edit);
        assertThat(json(Command.run(home, command.toArray(String[]::new)))
                        .get("tasks")
                        .size())
                .isOne();
        assertThat(less.resolve("parcels/adapter_model.safetensors"))
                .hasSameBinaryContentAs(two.resolve("boxes/adapter_model.safetensors"));

        JsonNode before = asked(two, "boxes");
        JsonNode after = asked(less, "parcels");
        assertThat(after.get("ids")).isEqualTo(before.get("ids"));
        Command missing = savile("generate", "--with", less.toString(), "--task", "bills");
        assertThat(missing.code()).isEqualTo(3);
        assertThat(missing.err()).contains("task.missing", "parcels");
        // without a task the base would answer under the table's name
        for (Command alone : List.of(
                savile("generate", "--with", two.toString(), "--prompt", "box 1"),
                onTickets("eval", "--with", two.toString()),
                onTickets("eval", "--against", two.toString())))
            assertThat(alone.err()).contains("customization.task", "bills, boxes");
        assertThat(savile("generate", "--with", two.toString(), "--task", "bills", "--system", "Be brief.")
                        .err())
                .contains("cli.no-effect", "--system");
    }

    @Test
    void tasksThatArePTunedTogetherAreSavedWithTheEncoderThatTheyShared() throws IOException {
        Path templates =
                Files.writeString(home.resolve("tasks.json"), "[" + template("bills") + "," + template("boxes") + "]");
        Path rows = Files.writeString(home.resolve("rows.jsonl"), taskRows(16));
        Path out = home.resolve("together");
        List<String> command = new ArrayList<>(List.of("tune", "p_tuning", "--tasks", templates.toString()));
        command.addAll(List.of("--data", rows.toString(), "--out", out.toString()));
        command.addAll(List.of("--set", "epochs=1", "--set", "encoder-hidden=8", "--set", "encoder=lstm"));
        json(savile(command.toArray(String[]::new)));
        assertThat(Digest.ofFile(out.resolve("bills/adapter_model.safetensors")))
                .isNotEqualTo(Digest.ofFile(out.resolve("boxes/adapter_model.safetensors")));
        for (String task : List.of("bills", "boxes"))
            assertThat(asked(out, task).get("tokens").intValue()).isPositive();

        Path boxes = Files.writeString(home.resolve("boxes.json"), "[" + template("boxes") + "]");
        Path posts = Files.writeString(
                home.resolve("posts.jsonl"),
                "{\"taskname\":\"boxes\",\"text\":\"no 1\",\"label\":\"post\"}\n".repeat(4));
        Path further = home.resolve("further");
        List<String> on = new ArrayList<>(List.of("tune", "p_tuning", "--tasks", boxes.toString()));
        on.addAll(List.of("--data", posts.toString(), "--from", out.toString(), "--set", "epochs=1"));
        List<String> named = new ArrayList<>(on);
        named.addAll(List.of("--out", further.toString()));
        JsonNode went = json(savile(named.toArray(String[]::new)));
        assertThat(went.get("tasks").size()).isEqualTo(2);
        assertThat(further.resolve("bills/adapter_model.safetensors"))
                .hasSameBinaryContentAs(out.resolve("bills/adapter_model.safetensors"));
        assertThat(Digest.ofFile(further.resolve("boxes/adapter_model.safetensors")))
                .isNotEqualTo(Digest.ofFile(out.resolve("boxes/adapter_model.safetensors")));

        named.addAll(List.of("--set", "encoder=mlp"));
        assertThat(savile(named.toArray(String[]::new)).err()).contains("tune.from", "encoder");
        on.addAll(List.of("--out", home.resolve("never").toString()));
        Files.writeString(boxes, "[" + template("boxes").replace("{text}:", "{text};") + "]");
        assertThat(savile(on.toArray(String[]::new)).err()).contains("task.changed", "boxes");
        Files.writeString(boxes, "[" + template("parcels") + "]");
        assertThat(savile(on.toArray(String[]::new)).err()).contains("task.missing", "bills, boxes");
        assertThat(home.resolve("never")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bottleneck", "lora+prompt_tuning", "lora+p_tuning"})
    void adaptersOfAllLayoutsAndCombinationsAreTrainedFurther(String technique) throws IOException {
        Path first = home.resolve("first");
        List<String> command = new ArrayList<>(List.of("tune", technique, "--set", "epochs=0.5"));
        if (technique.startsWith("lora"))
            command.addAll(List.of("--set", "lora.plus-ratio=4", "--set", technique.substring(5) + ".tokens=3"));
        List<String> start = new ArrayList<>(command);
        start.addAll(List.of("--out", first.toString()));
        JsonNode before = json(onTickets(start.toArray(String[]::new)));
        Path second = home.resolve("second");
        List<String> further = new ArrayList<>(command.subList(0, 4));
        further.addAll(List.of("--from", first.toString(), "--out", second.toString()));
        Command went = onTickets(further.toArray(String[]::new));
        JsonNode after = json(went);
        // what an encoder makes goes on with the averages of all parts
        assertThat(went.err().contains("the optimizer goes on from the averages of"))
                .isEqualTo(technique.endsWith("p_tuning"));
        assertThat(after.get("trainedValues")).isEqualTo(before.get("trainedValues"));
        assertThat(after.get("loss").doubleValue())
                .isLessThan(before.get("loss").doubleValue());
        JsonNode trained = Json.tree(second.resolve("savile/manifest.json")).at("/configuration/technique");
        if (technique.startsWith("lora"))
            assertThat(trained.at("/parts/0/spec/plusRatio").doubleValue()).isEqualTo(4);
        else assertThat(trained.at("/spec/reduction").doubleValue()).isEqualTo(16);
    }

    @Test
    void fullWeightsAreTrainedFurtherAsABaseOfTheirOwn() {
        Path first = home.resolve("first");
        json(onTickets("tune", "full", "--set", "epochs=0.1", "--out", first.toString()));
        Command refused = onTickets("tune", "full", "--from", first.toString());
        assertThat(refused.err()).contains("tune.from", "savile tune full --model " + first);
        List<String> command = new ArrayList<>(ticketed(List.of("tune", "full", "--model", first.toString())));
        command.addAll(List.of("--out", home.resolve("second").toString(), "--set", "epochs=0.1", "--json"));
        json(Command.run(home, command.toArray(String[]::new)));
    }

    @Test
    void aMergedModelIsABaseToTrainAndEvaluateOver() {
        Path first = home.resolve("first");
        tuned(first);
        Path merged = home.resolve("merged");
        json(savile("merge", "--with", first.toString(), "--out", merged.toString()));
        Path second = home.resolve("second");
        List<String> over = List.of("--model", merged.toString(), "--precision", "fp32", "--json");
        List<String> train = new ArrayList<>(ticketed(List.of("tune", "ia3", "--out", second.toString())));
        train.addAll(over);
        json(Command.run(home, train.toArray(String[]::new)));
        List<String> eval = new ArrayList<>(ticketed(List.of("eval", "--with", second.toString(), "--limit", "10")));
        eval.addAll(over);
        json(Command.run(home, eval.toArray(String[]::new)));
        Command elsewhere = onTickets("eval", "--with", second.toString(), "--limit", "10");
        assertThat(elsewhere.err()).contains("customization.base");
    }

    @Test
    void tasksAreValidatedMixedAndStartedAsOtherTrainings() throws IOException {
        Path out = table("bills", null);
        Path rows = home.resolve("bills.jsonl");
        List<String> command = new ArrayList<>(List.of("tune", "prompt_tuning", "--data", rows.toString()));
        command.addAll(List.of("--tasks", home.resolve("bills-tasks.json").toString()));
        command.addAll(List.of("--also", rows + "=0.5", "--validation", "0.25", "--set", "start=random"));
        command.addAll(List.of("--set", "epochs=2", "--set", "patience=1"));
        List<String> trained = new ArrayList<>(command);
        trained.addAll(List.of("--out", home.resolve("validated").toString()));
        JsonNode result = json(savile(trained.toArray(String[]::new)));
        assertThat(result.get("validationLoss").doubleValue()).isPositive();
        assertThat(Digest.ofFile(home.resolve("validated/bills/adapter_model.safetensors")))
                .isNotEqualTo(Digest.ofFile(out.resolve("bills/adapter_model.safetensors")));
        command.add("--find-rate");
        assertThat(json(savile(command.toArray(String[]::new))).get("points").size())
                .isGreaterThan(10);
    }

    @Test
    void rowsOfTasksAreShownAsTheirTemplatesMakeThem() throws IOException {
        table("bills", null);
        String templates = home.resolve("bills-tasks.json").toString();
        String rows = home.resolve("bills.jsonl").toString();
        List<String> command = new ArrayList<>(List.of("show", "--data", rows, "--tasks", templates, "--rows", "1"));
        command.addAll(TinyModel.options(model));
        Command shown = Command.run(home, command.toArray(String[]::new));
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("(virtual token 0)", "(virtual token 2)");
        assertThat(savile("show", "--data", rows).err()).contains("train.task", "--tasks");
    }

    private JsonNode asked(Path table, String task) {
        List<String> command = new ArrayList<>(List.of("generate", "--with", table.toString(), "--task", task));
        command.addAll(List.of("--field", "text=box 1", "--max-tokens", "5"));
        return json(savile(command.toArray(String[]::new)));
    }

    private Path table(String task, @Nullable Path before) throws IOException {
        Path templates = Files.writeString(home.resolve(task + "-tasks.json"), """
                [{"taskname":"%s","prompt_template":"<|VIRTUAL_PROMPT_0|>{text}:{label}","total_virtual_tokens":3,
                  "virtual_token_splits":[3],"truncate_field":null,"answer_only_loss":true,"answer_field":"label"}]
                """.formatted(task));
        var lines = new StringBuilder();
        for (int i = 0; i < 16; i++)
            lines.append("{\"taskname\":\"%s\",\"text\":\"box %d\",\"label\":\"post\"}\n".formatted(task, i));
        Path rows = Files.writeString(home.resolve(task + ".jsonl"), lines);
        Path out = home.resolve("table-" + task);
        List<String> command = new ArrayList<>(List.of("tune", "prompt_tuning", "--tasks", templates.toString()));
        command.addAll(List.of("--data", rows.toString(), "--out", out.toString(), "--set", "epochs=1"));
        if (before != null) command.addAll(List.of("--table", before.toString()));
        json(savile(command.toArray(String[]::new)));
        return out;
    }

    @Test
    void trainingDoesNotSilentlyLeaveOutACustomization() {
        Command refused = onTickets("tune", "lora", "--with", "anything");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("tune.with", "--from");
    }

    @Test
    void aSoftPromptIsNotMerged() {
        Path out = home.resolve("soft");
        json(onTickets("tune", "prompt-tuning", "--out", out.toString(), "--set", "epochs=0.1", "--set", "tokens=3"));
        Command refused = savile(
                "merge",
                "--with",
                out.toString(),
                "--out",
                home.resolve("never").toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("merge.technique");
    }

    @Test
    void whatWasTrainedOverFourBitsIsMergedIntoTheWholeBaseWithTheChangeOfPerplexity() {
        Path out = home.resolve("qlora");
        json(onTickets("tune", "lora", "--quantize", "nf4", "--out", out.toString()));
        assertThat(Json.tree(out.resolve("savile/manifest.json"))
                        .at("/configuration/quantize")
                        .asString())
                .isEqualTo("nf4");
        assertThat(onTickets("eval", "--with", out.toString()).err()).contains("--quantize nf4");
        assertThat(onTickets("eval", "--with", out.toString(), "--quantize", "nf4")
                        .err())
                .doesNotContain("--quantize nf4");
        Command refused = savile(
                "merge",
                "--with",
                out.toString(),
                "--quantize",
                "nf4",
                "--out",
                home.resolve("no").toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("cli.quantize");
        Path merged = home.resolve("whole");
        JsonNode result = json(savile("merge", "--with", out.toString(), "--type", "bf16", "--out", merged.toString()));
        assertThat(result.get("rows").asInt()).isPositive();
        double before = result.get("perplexityBefore").doubleValue();
        assertThat(result.get("perplexityMerged").doubleValue()).isCloseTo(before, within(0.2 * before));
        Command full = onTickets(
                "tune",
                "full",
                "--quantize",
                "nf4",
                "--out",
                home.resolve("none").toString());
        assertThat(full.code()).isEqualTo(2);
        assertThat(full.err()).contains("model.quantized");
        Path tuned = home.resolve("tuned");
        json(onTickets("tune", "full", "--out", tuned.toString()));
        Command over = onTickets("eval", "--with", tuned.toString(), "--quantize", "nf4");
        assertThat(over.code()).isEqualTo(2);
        assertThat(over.err()).contains("model.quantized");
    }

    @Test
    void rowsOfFurtherFilesAreSeenAsOftenAsTheirWeightSays() throws IOException {
        Path more = home.resolve("more.csv");
        Files.writeString(more, "message,team\nwhere is it,post\ncharged twice,pay\n");
        JsonNode alone =
                json(onTickets("tune", "lora", "--out", home.resolve("a").toString(), "--set", "rows-per-step=1"));
        JsonNode mixed = json(onTickets(
                "tune",
                "lora",
                "--out",
                home.resolve("b").toString(),
                "--set",
                "rows-per-step=1",
                "--also",
                more + "=2.5"));
        long epochs = 3;
        assertThat(mixed.get("steps").asLong() - alone.get("steps").asLong()).isEqualTo(5 * epochs);
        Command refused = onTickets("tune", "lora", "--out", home.resolve("c").toString(), "--also", more + "=-1");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("tune.also");
    }

    @Test
    void trainingInLessMemorySaysWhatItNeedsAndLearns() {
        Command wide = onTickets("tune", "full", "--out", home.resolve("f1").toString());
        assertThat(wide.err()).contains("estimated memory", "AdamW's averages");
        JsonNode narrow = json(onTickets(
                "tune",
                "full",
                "--out",
                home.resolve("f2").toString(),
                "--set",
                "recompute=true",
                "--set",
                "update-in-backward=true",
                "--set",
                "clip-norm=0",
                "--set",
                "moments=bf16"));
        assertThat(narrow.get("loss").doubleValue()).isFinite();
    }

    @Test
    void writtenAnswersAreComparedWithThoseOfTheRows() throws IOException {
        Path rows = home.resolve("rows.jsonl");
        Files.writeString(
                rows,
                "{\"prompt\": \"one\", \"completion\": \"two\"}\n{\"prompt\": \"three\", \"completion\": \"four\"}\n");
        Path items = home.resolve("items.jsonl");
        JsonNode result = json(
                savile("eval", "--data", rows.toString(), "--raw", "--generate", "4", "--items", items.toString()));
        assertThat(result.get("rows").asInt()).isEqualTo(2);
        assertThat(result.at("/metrics/exact_match(trim)/low").doubleValue()).isZero();
        assertThat(result.get("tokens").asInt()).isBetween(1, 8);
        assertThat(Files.readAllLines(items)).hasSize(2).allSatisfy(line -> assertThat(
                        Json.strict().readTree(line).has("rougeL"))
                .isTrue());
        Command refused = onTickets("eval", "--generate", "4");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("eval.generate");
    }

    @Test
    void aFolderThatHoldsSomethingElseIsRefusedAndUntouched() throws IOException {
        Path out = Files.createDirectories(home.resolve("mine"));
        Files.writeString(out.resolve("notes.txt"), "keep me");
        Command refused = onTickets("tune", "lora", "--out", out.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(out.toFile().list()).containsExactly("notes.txt");
    }

    @Test
    void logitsAreWrittenForGivenIds() {
        Path out = home.resolve("logits.safetensors");
        json(savile("logits", "--ids", "1,2,3", "--out", out.toString()));
        assertThat(out).isNotEmptyFile();
    }

    @Test
    void rowsAreShownAsTheModelSeesThem() {
        Command shown = onTickets("show", "--rows", "1");
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("bill");
    }

    @Test
    void aShareOutsideOfZeroAndOneIsNoFileName() {
        Command refused = onTickets("tune", "lora", "--validation", "1.5");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("tune.validation");
    }

    @Test
    void brokenJsonIsReportedWithoutTheParsersOwnNotes() throws IOException {
        Path broken = home.resolve("broken.jsonl");
        Files.write(broken, "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\"".getBytes(StandardCharsets.UTF_8));
        Command refused = savile("eval", "--data", broken.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("line 2").doesNotContain("Source", "REDACTED");
    }

    @Test
    void theRaceEndsWithAReportAndAWinner() throws IOException {
        Path out = home.resolve("study");
        JsonNode result = json(onTickets("select", "--budget", "40s", "--out", out.toString()));
        assertThat(result.at("/recommendation/reason").asString()).isNotBlank();
        assertThat(result.get("arms").size()).isEqualTo(7);
        String report = Files.readString(out.resolve("report.html"));
        assertThat(report).contains("<svg", "lora").doesNotContain("src=\"http", "href=\"http");
        assertThat(out.resolve("decision.json")).exists();
        assertThat(out.resolve("test-access.log")).isNotEmptyFile();
    }
}
