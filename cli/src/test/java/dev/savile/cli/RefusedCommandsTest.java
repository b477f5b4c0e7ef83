package dev.savile.cli;

import static dev.savile.cli.Command.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Commands that cannot be meant end with their code and leave nothing behind.
class RefusedCommandsTest {
    @TempDir
    Path home;

    private Path model;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.file();
        var csv = new StringBuilder("message,team\n");
        for (int i = 0; i < 24; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ").append(i).append(i % 2 == 0 ? ",pay\n" : ",post\n");
        Files.writeString(home.resolve("tickets.csv"), csv);
    }

    /// Run words separated by blanks; `@name` is a file of the test's folder.
    private Command run(String words) {
        List<String> all = new ArrayList<>();
        for (String word : words.split(" ", -1)) all.add(word.replace("@", home + "/"));
        if (!all.getFirst().equals("tasks")) all.addAll(TinyModel.options(model));
        all.add("--json");
        return Command.run(home, all.toArray(String[]::new));
    }

    private void train(String technique, String name) {
        json(run("tune " + technique + " --data @tickets.csv --text message --label team --set epochs=0.1 --out @"
                + name));
    }

    private void refused(String words, String code) throws IOException {
        List<Path> before = files(home);
        Command command = run(words);
        assertThat(command.code()).as(command.out() + command.err()).isBetween(2, 3);
        assertThat(Json.strict().readTree(command.lastLine()).at("/error/code").asString())
                .isEqualTo(code);
        assertThat(files(home)).as("nothing half-written").isEqualTo(before);
    }

    /// What is there beside the converted model and the list of runs.
    private static List<Path> files(Path home) throws IOException {
        try (var files = Files.walk(home)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(home.resolve("models"))
                            && !file.getFileName().toString().startsWith("runs.db"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tune.technique | tune lorra --data @tickets.csv --text message --label team --out @x",
                "tune.technique | tune --data @tickets.csv --text message --label team --out @x",
                "cli.resume     | tune lora --data @tickets.csv --text message --label team --resume",
                "cli.device     | tune lora --data @tickets.csv --text message --label team --device gpu0",
                "unit.duration  | tune lora --data @tickets.csv --text message --label team --max-time soon --out @x",
                "lora.start     | tune dora --data @tickets.csv --text message --label team --set start=pissa --out @x",
                "soft.start     | tune prefix_tuning --data @tickets.csv --text message --label team --set start=vocabulary --out @x",
                "soft.start     | tune prompt_tuning --data @tickets.csv --text message --label team --set start=zero --out @x",
                "soft.projection | tune prefix_tuning --data @tickets.csv --text message --label team --set projection=-1 --out @x",
                "soft.encoder-hidden | tune p_tuning --data @tickets.csv --text message --label team --set encoder-hidden=0 --out @x",
                "bottleneck.size | tune bottleneck --data @tickets.csv --text message --label team --set size=-4 --out @x",
                "bottleneck.layers | tune bottleneck --data @tickets.csv --text message --label team --set leave-out=0,1,2 --out @x",
                "train.warmup-share | tune lora --data @tickets.csv --text message --label team --set warmup-share=1 --out @x",
                "data.missing   | tune lora --out @x",
                "logits.input   | logits --out @x.npy",
                "technique.combination | tune lora+lora --data @tickets.csv --text message --label team --out @x",
                "combine.with   | combine --with @one --out @x",
                "soft.context   | tune prompt_tuning --data @tickets.csv --text message --label team --set tokens=90000 --out @x",
                "soft.context   | tune prefix_tuning+prompt_tuning --data @tickets.csv --text message --label team --set prefix_tuning.tokens=90000 --out @x",
                "ia3.feed-forward | tune ia3 --data @tickets.csv --text message --label team --set feed-forward=o_proj --out @x",
                "cli.no-effect  | tune lora --data @tickets.csv --text message --label team --table @x --out @y",
                "cli.no-effect  | combine --with @one --with @two --rank 4 --out @x",
                "cli.no-effect  | combine --with @one --with @two --density 0.2 --out @x",
                "cli.no-effect  | prompt save --task snips --budget 5m",
                "cli.no-effect  | prompt optimize --task snips --rows 5",
                "cli.no-effect  | prompt save --task snips --demos bm25"
            })
    void aCommandThatCannotBeMeant(String code, String words) throws IOException {
        refused(words, code);
    }

    @Test
    void whatHoldsSomethingIsNotOverwritten() throws IOException {
        train("lora", "one");
        refused("tune lora --data @tickets.csv --text message --label team --set epochs=0.1 --out @one", "out.exists");
        refused("combine --with @one --with @one --out @one", "out.exists");
    }

    @Test
    void onlyLoraAdaptersAreAddedUp() throws IOException {
        train("lora", "one");
        train("ia3", "two");
        refused("combine --with @one --with @two --out @x", "combine.technique");
        refused("combine --with @one --with @one --weights a,b --out @x", "combine.weights");
        refused("combine --with @one --with @one --method ties --density 0 --out @x", "blend.density");
    }

    @Test
    void onlyATableHasTasks() throws IOException {
        train("lora", "one");
        refused("tasks --with @one", "tasks.table");
        refused("generate --with @one --task bills --field text=x", "generate.task");
        Files.writeString(home.resolve("tasks.json"), """
                [{"taskname":"bills","prompt_template":"<|VIRTUAL_PROMPT_0|>{text}:{label}","total_virtual_tokens":3,
                  "virtual_token_splits":[3],"truncate_field":null,"answer_only_loss":true,"answer_field":"label"}]
                """);
        Files.writeString(
                home.resolve("bills.jsonl"), "{\"taskname\":\"bills\",\"text\":\"a\",\"label\":\"pay\"}\n".repeat(4));
        refused("tune prompt_tuning --tasks @tasks.json --data @bills.jsonl", "tune.out");
        refused("tune prompt_tuning --tasks @tasks.json --data @tickets.csv --out @x", "task.missing");
        refused(
                "tune prompt_tuning --tasks @tasks.json --data @bills.jsonl --validation @bills.jsonl --from @one --out @x",
                "tune.table");
        Files.writeString(
                home.resolve("two.json"),
                Files.readString(home.resolve("tasks.json")).replace("}]", "},")
                        + Files.readString(home.resolve("tasks.json"))
                                .replace("[{", "{")
                                .replace("bills", "boxes"));
        refused("tune prompt_tuning --tasks @two.json --data @bills.jsonl --out @x", "task.rows");
        refused("tune lora --tasks @tasks.json --data @bills.jsonl --out @x", "tune.tasks");
        refused("tune prompt_tuning --tasks @tasks.json --data @bills.jsonl --table @one --out @x", "tune.table");
        json(run("tune prompt_tuning --tasks @tasks.json --data @bills.jsonl --set epochs=1 --out @table"));
        refused("tasks --with @table --remove bills", "tasks.out");
        refused("tasks --with @table --remove bills --out @x", "tasks.empty");
        refused("tasks --with @table --remove boxes --out @x", "task.missing");
        refused(
                "tune prompt_tuning --tasks @tasks.json --data @bills.jsonl --table @table --from @table --out @x",
                "tune.tasks");
        refused(
                "tune prompt_tuning --tasks @tasks.json --data @bills.jsonl --table @table --out @x --set epochs=1",
                "task.exists");
    }

    /// The tokens of training would be others.
    @Test
    void aCustomizationForAnotherChatTemplateIsRefused() throws IOException {
        train("lora", "one");
        Path file = home.resolve("one/savile/manifest.json");
        String manifest = Files.readString(file);
        String digest = Json.tree(file).get("encoderDigest").asString();
        Files.writeString(file, manifest.replace(digest, "0".repeat(64)));
        refused("eval --with @one --data @tickets.csv --text message --label team --limit 2", "customization.template");
    }
}
