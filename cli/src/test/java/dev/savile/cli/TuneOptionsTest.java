package dev.savile.cli;

import static dev.savile.cli.Command.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.runs.RunRecord;
import dev.savile.runs.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What is given to `tune` has an effect, or is refused with the reason.
class TuneOptionsTest {
    @TempDir
    Path home;

    private Path model;
    private Path tickets;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.file();
        tickets = home.resolve("tickets.csv");
        var csv = new StringBuilder("message,team\n");
        for (int i = 0; i < 24; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ").append(i).append(i % 2 == 0 ? ",pay\n" : ",post\n");
        Files.writeString(tickets, csv);
    }

    /// Run `tune` with words separated by blanks, and further ones.
    private Command tune(String words, Object... further) {
        List<String> all = new ArrayList<>(List.of("tune"));
        all.addAll(Arrays.asList(words.split(" ")));
        for (Object word : further) all.add(word.toString());
        all.addAll(TinyModel.options(model));
        all.add("--json");
        return Command.run(home, all.toArray(String[]::new));
    }

    private Command onTickets(String words, Object... further) {
        List<Object> all = new ArrayList<>(Arrays.asList(further));
        all.addAll(List.of("--data", tickets, "--text", "message", "--label", "team"));
        return tune(words, all.toArray());
    }

    private static void refused(Command command, String code, String... parts) {
        assertThat(command.code()).as(command.err()).isEqualTo(2);
        assertThat(Json.strict().readTree(command.lastLine()).at("/error/code").asString())
                .isEqualTo(code);
        assertThat(command.err()).contains(parts);
    }

    private Path chats() throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < 12; i++)
            lines.append("{\"messages\":[{\"role\":\"user\",\"content\":\"bill ")
                    .append(i)
                    .append("\"},{\"role\":\"assistant\",\"content\":\"paid\"}]}\n");
        return Files.writeString(home.resolve("chats.jsonl"), lines);
    }

    private Path chats(String name, String question) throws IOException {
        return Files.writeString(
                home.resolve(name + ".jsonl"),
                "{\"messages\":[{\"role\":\"user\",\"content\":\"" + question
                        + "\"},{\"role\":\"assistant\",\"content\":\"paid\"}]}\n");
    }

    private static JsonNode manifest(Path folder) {
        return Json.tree(folder.resolve("savile/manifest.json"));
    }

    @Test
    void optionsThatNoRowWouldFollowAreRefused() throws IOException {
        Path out = home.resolve("no");
        refused(onTickets("lora --raw --out", out), "tune.raw", "--raw", "tickets.csv");
        refused(onTickets("lora --learn all --out", out), "tune.learn", "the label alone");
        refused(onTickets("lora --map prompt=message --out", out), "tune.map", "--text and --label");
        refused(tune("lora --raw --out", out, "--data", chats()), "tune.raw", "conversations");
        refused(onTickets("lora --set patience=2 --out", out), "tune.validation", "patience", "--validation");
        refused(onTickets("lora --set validate-steps=5 --out", out), "tune.validation", "validate-steps");
        refused(onTickets("lora --set max-tokens=-3 --out", out), "tune.setting", "max-tokens");
    }

    @Test
    void theLongestRowHoldsForLabelledTextsToo() {
        refused(
                onTickets("lora --set max-tokens=4 --out", home.resolve("no")),
                "train.too-long",
                "24 of 24",
                "lines 2");
    }

    @Test
    void rowsThatAskTheSameAreKeptApartByTheirNumber() throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < 40; i++)
            lines.append("{\"prompt\":\"ask ")
                    .append(i % 10)
                    .append("\",\"completion\":\"say ")
                    .append(i)
                    .append("\"}\n");
        Path rows = Files.writeString(home.resolve("rows.jsonl"), lines);
        Path out = home.resolve("kept");
        json(tune("lora --set epochs=0.1 --validation 0.2 --out", out, "--data", rows));
        assertThat(manifest(out).at("/data/rows").intValue()).isEqualTo(32); // two questions of four rows each are held
        Files.writeString(rows, "{\"prompt\":\"ask\",\"completion\":\"say\"}\n".repeat(9));
        refused(
                tune("lora --validation 0.2 --out", home.resolve("no"), "--data", rows),
                "tune.validation",
                "all rows ask the same");
    }

    @Test
    void theTestFileIsScoredAndNoneOfItsRowsIsTrainedOn() throws IOException {
        Path test = Files.writeString(home.resolve("test.csv"), "message,team\nBILL 4!,pay\nold box,post\n");
        Path out = home.resolve("tested");
        JsonNode labelled = json(onTickets("lora --set epochs=0.2 --out", out, "--test", test));
        assertThat(manifest(out).at("/data/rows").intValue()).isLessThan(24); // "bill 4" and what nearly repeats it
        assertThat(labelled.at("/test/rows").intValue()).isEqualTo(2);
        assertThat(labelled.at("/test/metrics/accuracy/value").doubleValue()).isBetween(0.0, 1.0);
        Path others = home.resolve("others");
        JsonNode conversations =
                json(tune("lora --set epochs=0.2 --out", others, "--data", chats(), "--test", chats("more", "bill 3")));
        assertThat(manifest(others).at("/data/rows").intValue()).isEqualTo(11);
        assertThat(conversations.at("/test/rows").intValue()).isEqualTo(1);
        assertThat(conversations.at("/test/metrics/loss/value").doubleValue()).isPositive();

        Path no = home.resolve("no");
        refused(onTickets("lora --out", no, "--test", tickets), "tune.test", "none is left");
        Path pairs = Files.writeString(home.resolve("pairs.csv"), "prompt,completion\na,b\n");
        refused(tune("lora --out", no, "--data", chats(), "--test", pairs), "tune.test", "another kind");
        refused(onTickets("lora --find-rate --out", no, "--test", test), "cli.no-effect", "--test");
        refused(
                onTickets(
                        "lora --out",
                        no,
                        "--test",
                        Files.writeString(home.resolve("new.csv"), "message,team\na,x\nb,y\n")),
                "eval.labels",
                "none of the labels");
        assertThat(no).doesNotExist();
        refused(onTickets("lora --out", no, "--test", test, "--validation", test), "tune.test", "to validate on");
        Path longer =
                Files.writeString(home.resolve("longer.csv"), "message,team\n" + "far ".repeat(900) + ",pay\nb,post\n");
        refused(onTickets("lora --out", no, "--test", longer), "tune.test", "1 of 2 rows", "line 2");
        refused(
                onTickets("lora --set epochs=0.2 --resume --out", out, "--test", test),
                "cli.no-effect",
                "--test",
                "savile eval");
    }

    @Test
    void eachTechniqueHasTheUsualSettingsOfItsOptimizer() {
        Path lora = home.resolve("lora");
        json(onTickets("lora --set epochs=0.1 --out", lora));
        assertThat(manifest(lora).at("/configuration/training/weightDecay").doubleValue())
                .isZero();
        Path full = home.resolve("full");
        json(onTickets("full --set epochs=0.1 --set beta2=0.9 --out", full));
        assertThat(manifest(full).at("/configuration/training/beta2").doubleValue())
                .isEqualTo(0.9);
        assertThat(manifest(full).at("/configuration/training/weightDecay").doubleValue())
                .isEqualTo(0.1);
    }

    @Test
    void factorsOfTheFeedForwardPartAreThoseOfTargets() {
        Path out = home.resolve("ia3");
        json(onTickets("ia3 --set epochs=0.1 --set targets=k_proj,v_proj --out", out));
        assertThat(Json.tree(out.resolve("adapter_config.json"))
                        .get("feedforward_modules")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void theBalanceOfLabelsIsShownAndAMissingOneWarnedOf() throws IOException {
        Files.writeString(tickets, "rare,odd\n", java.nio.file.StandardOpenOption.APPEND);
        Command ran = onTickets("lora --set epochs=0.1 --out", home.resolve("a"));
        assertThat(ran.err()).contains("3 labels: pay 12, post 12, odd 1", "fewer than 5 rows", "'odd' 1");
    }

    @Test
    void anAdapterThatIsTrainedFurtherKeepsItsOwnSettings() {
        Path first = home.resolve("first");
        json(onTickets("lora --set epochs=1 --set rank=3 --set alpha=7 --set plus-ratio=4 --out", first));
        refused(
                onTickets("lora --set rank=5 --out", home.resolve("no"), "--from", first),
                "tune.from",
                "rank has no effect with --from");
        Path second = home.resolve("second");
        json(onTickets("lora --set epochs=1 --out", second, "--from", first));
        JsonNode spec = manifest(second).at("/configuration/technique/spec");
        assertThat(spec.get("rank").intValue()).isEqualTo(3);
        assertThat(spec.get("alpha").doubleValue()).isEqualTo(7);
        assertThat(spec.get("plusRatio").doubleValue()).isEqualTo(4); // PEFT's files do not have it
        Path third = home.resolve("third");
        json(onTickets("lora --set epochs=1 --set plus-ratio=2 --out", third, "--from", second));
        assertThat(manifest(third).at("/configuration/technique/spec/plusRatio").doubleValue())
                .isEqualTo(2);
    }

    @Test
    void aPromptThatIsTrainedFurtherGoesOnFromItsOptimizer() {
        Path first = home.resolve("first");
        json(onTickets("p_tuning --set epochs=1 --set tokens=3 --set encoder-hidden=8 --out", first));
        assertThat(manifest(first).at("/files").has("savile/optimizer.safetensors"))
                .isTrue();
        Command further = onTickets("p_tuning --set epochs=1 --out", home.resolve("second"), "--from", first);
        assertThat(json(further).get("steps").intValue()).isEqualTo(2);
        assertThat(further.err()).contains("goes on from the averages of 2 updates");
        assertThat(manifest(home.resolve("second"))
                        .at("/configuration/technique/spec/tokens")
                        .intValue())
                .isEqualTo(3);
    }

    @Test
    void aDivergedTrainingGoesOnWithASmallerRate() {
        Path out = home.resolve("wild");
        String settings = " --set epochs=2 --set schedule=constant --set warmup-share=0 --set clip-norm=0 --out";
        Command diverged = onTickets("full --set learning-rate=10" + settings, out);
        refused(diverged, "train.diverged", "lines", "--resume", "learning-rate");
        JsonNode again = json(onTickets("full --set learning-rate=1e-4" + settings, out, "--resume"));
        assertThat(again.get("steps").intValue()).isEqualTo(4);
        assertThat(again.get("loss").doubleValue()).isLessThan(20);
    }

    @Test
    void stepsAreRecordedWithMemoryAndSpeed() {
        json(onTickets("lora --set epochs=1 --out", home.resolve("a")));
        try (RunStore store = RunStore.open(home, Clock.systemUTC())) {
            RunRecord run = store.list(1).getFirst();
            double[] speeds = store.series(run.id(), "step", "tokens-per-second");
            assertThat(speeds).hasSize(2);
            assertThat(Arrays.stream(speeds)).allMatch(value -> value > 0);
            double[] memory = store.series(run.id(), "step", "resident-bytes");
            assertThat(Arrays.stream(memory)).allMatch(value -> value > 1e6);
        }
    }

    @Test
    void rowsToValidateOnMayStandInAFileOfTheirOwn() {
        Path out = home.resolve("validated");
        JsonNode result =
                json(onTickets("lora --set epochs=1 --set validate-steps=1 --validation", tickets, "--out", out));
        assertThat(result.get("validationLoss").doubleValue()).isPositive();
        Command missing = onTickets("lora --validation", home.resolve("nowhere.csv"), "--out", home.resolve("x"));
        assertThat(missing.err()).contains("file.missing", "nowhere.csv");
    }

    @Test
    void whenItsTimeIsUpATrainingIsSavedAsItIs() {
        Path out = home.resolve("short");
        JsonNode result = json(onTickets("lora --max-time 1s --set epochs=5000 --out", out));
        assertThat(result.get("end").asString()).isEqualTo("time");
        assertThat(result.get("steps").longValue()).isBetween(1L, 9_999L);
        assertThat(manifest(out).at("/measured/end").asString()).isEqualTo("time");
        JsonNode more = json(onTickets("lora --max-time 1s --set epochs=5000 --resume --out", out));
        assertThat(more.get("steps").longValue())
                .isGreaterThan(result.get("steps").longValue());
    }

    @Test
    void plainTextIsLearnedInPieces() throws IOException {
        Path text = Files.writeString(home.resolve("story.txt"), "the box came. the bill was paid.\n".repeat(40));
        Path out = home.resolve("read");
        JsonNode result = json(tune("lora --set epochs=2 --set max-tokens=32 --data", text, "--out", out));
        assertThat(result.get("loss").doubleValue()).isPositive();
        JsonNode before = json(Command.run(home, evaluated(text)));
        JsonNode after = json(Command.run(home, evaluated(text, "--with", out.toString())));
        assertThat(after.at("/metrics/perplexity/value").doubleValue())
                .isLessThan(before.at("/metrics/perplexity/value").doubleValue());
    }

    private String[] evaluated(Path text, String... further) {
        List<String> all = new ArrayList<>(List.of("eval", "--data", text.toString(), "--max-tokens", "32"));
        all.addAll(List.of(further));
        all.addAll(TinyModel.options(model));
        all.add("--json");
        return all.toArray(String[]::new);
    }

    @Test
    void aSwitchOfARecipeIsTrueOrFalse() throws IOException {
        Path recipe = Files.writeString(home.resolve("r.yaml"), "technique: lora\nraw: ture\n");
        Command refused = Command.run(home, "tune", "--recipe", recipe.toString(), "--json");
        refused(refused, "recipe.value", "raw is 'ture'", "true or false");
    }

    private Path templates(String task) throws IOException {
        return Files.writeString(home.resolve(task + "-tasks.json"), """
                [{"taskname":"%s","prompt_template":"<|VIRTUAL_PROMPT_0|>{text}:{label}","total_virtual_tokens":3,
                  "virtual_token_splits":[3],"truncate_field":null,"answer_only_loss":true,"answer_field":"label"}]
                """.formatted(task));
    }

    private Path taskRows(String task) throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < 16; i++)
            lines.append("{\"taskname\":\"%s\",\"text\":\"box %d\",\"label\":\"post\"}\n".formatted(task, i));
        return Files.writeString(home.resolve(task + ".jsonl"), lines);
    }

    private Command tasks(String task, Path out, String words, Object... further) throws IOException {
        List<Object> all = new ArrayList<>(Arrays.asList(further));
        all.addAll(List.of("--tasks", templates(task), "--data", taskRows(task), "--out", out));
        return tune("p_tuning --set epochs=1 --set encoder-hidden=8" + words, all.toArray());
    }

    @Test
    void tasksOfPTuningAreTrainedRecordedAndAddedToATable() throws IOException {
        Path one = home.resolve("one");
        JsonNode first = json(tasks("bills", one, "", "--log", home.resolve("log")));
        assertThat(first.get("steps").intValue()).isOne();
        assertThat(one.resolve("bills/savile/encoder.safetensors")).exists();
        assertThat(home.resolve("log/events.jsonl")).isNotEmptyFile();
        try (RunStore store = RunStore.open(home, Clock.systemUTC())) {
            RunRecord run = store.find(first.get("run").asString());
            assertThat(store.series(run.id(), "step", "loss")).hasSize(1);
        }
        Path two = home.resolve("two");
        JsonNode second = json(tasks("boxes", two, "", "--table", one));
        assertThat(second.get("tasks").size()).isEqualTo(2);
        assertThat(two.resolve("bills/adapter_model.safetensors"))
                .hasSameBinaryContentAs(one.resolve("bills/adapter_model.safetensors"));
        assertThat(manifest(two).get("parents").size()).isOne();
    }

    @Test
    void aTableThatIsNotWhatItWasIsRefused() throws IOException {
        Path one = home.resolve("one");
        json(tasks("bills", one, ""));
        Path config = one.resolve("bills/adapter_config.json");
        Files.writeString(config, Files.readString(config) + "\n");
        refused(
                tasks("boxes", home.resolve("two"), "", "--table", one),
                "customization.altered",
                "adapter_config.json");
        Path lora = home.resolve("lora");
        json(onTickets("lora --set epochs=0.1 --out", lora));
        refused(tasks("boxes", home.resolve("two"), "", "--table", lora), "tune.table", "lora");
    }

    @Test
    void aTableOfAnotherBaseIsRefused() throws IOException {
        Path one = home.resolve("one");
        json(tasks("bills", one, ""));
        Path lora = home.resolve("lora");
        json(onTickets("lora --set epochs=1 --out", lora));
        Path merged = home.resolve("merged");
        json(Command.run(
                home,
                "merge",
                "--with",
                lora.toString(),
                "--out",
                merged.toString(),
                "--model",
                model.toString(),
                "--precision",
                "fp32",
                "--json"));
        model = merged; // the same width, other weights
        refused(tasks("boxes", home.resolve("two"), "", "--table", one), "customization.base", "made for");
    }

    @Test
    void whatATableWouldNotFollowIsRefused() throws IOException {
        Path out = home.resolve("no");
        for (String words : List.of(
                " --set tokens=5",
                " --raw",
                " --learn all",
                " --kind chat",
                " --map prompt=text",
                " --allow-extra",
                " --over-length cut",
                " --text text")) refused(tasks("bills", out, words), "tune.tasks", "has no effect with --tasks");
        refused(tasks("bills", out, " --set max-tokens=3"), "train.too-long", "16 of 16");
        assertThat(tasks("bills", home.resolve("latin"), " --encoding ISO-8859-1")
                        .code())
                .isZero();
    }
}
