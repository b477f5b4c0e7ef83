package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The pages of docs/techniques: there is one for each technique, and its command works as it is written.
class TechniquePagesTest {
    @TempDir
    Path home;

    private static Path pages() {
        return Path.of(System.getProperty("savile.root", "."), "docs", "techniques");
    }

    static Stream<Path> withCommands() throws IOException {
        try (Stream<Path> files = Files.list(pages())) {
            List<Path> pages = files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> commands(file).findAny().isPresent())
                    .sorted()
                    .toList();
            return pages.stream();
        }
    }

    private static Stream<String> commands(Path page) {
        try {
            return Files.readString(page).lines().filter(line -> line.startsWith("./savile tune "));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void everyTechniqueHasItsPageAndPicture() {
        List<String> techniques = new ArrayList<>(TuneSettings.known());
        techniques.add("prompt");
        for (String technique : techniques) {
            assertThat(pages().resolve(technique + ".md")).content().contains("img/" + technique + ".svg");
            assertThat(pages().resolve("img").resolve(technique + ".svg")).isNotEmptyFile();
        }
    }

    static Stream<String> techniques() {
        return TuneSettings.known().stream();
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void theRecipeOfATechniqueWorks(String technique) throws IOException {
        Path recipe = Path.of(System.getProperty("savile.root", "."), "recipes", technique + ".yaml");
        Path model = TinyModel.file();
        tickets();
        Path copy = Files.copy(recipe, home.resolve(technique + ".yaml"));
        List<String> command = new ArrayList<>(List.of("tune", "--recipe", copy.toString(), "--set", "epochs=1"));
        command.addAll(EndToEndTest.fewTokens(technique));
        command.addAll(TinyModel.options(model));
        command.add("--json");
        Command ran = Command.run(home, command.toArray(String[]::new));
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(home.resolve("my-" + technique).resolve("savile/manifest.json"))
                .exists();
    }

    /// A key that no recipe shows would be found by nobody.
    @ParameterizedTest
    @MethodSource("techniques")
    void aRecipeShowsEveryKeyWithAWordOnIt(String technique) throws IOException {
        String recipe =
                Files.readString(Path.of(System.getProperty("savile.root", "."), "recipes", technique + ".yaml"));
        Path wrong = Files.writeString(home.resolve("r.yaml"), "nothing: 1\n");
        String error = Command.run(home, "tune", "--recipe", wrong.toString(), "--json")
                .lastLine();
        String fix = Json.strict().readTree(error).at("/error/fix").asString();
        List<String> keys = new ArrayList<>(
                Arrays.asList(fix.substring(fix.indexOf("the keys are: ") + 14).split(", ")));
        assertThat(keys).contains("technique", "raw", "settings");
        keys.remove("settings"); // explained by those in it
        keys.remove("technique");
        if (technique.equals("full")) keys.removeAll(List.of("quantize", "from")); // it trains a base, and a whole one
        if (!List.of("prompt_tuning", "p_tuning").contains(technique)) keys.removeAll(List.of("tasks", "table"));
        for (String key : keys) assertThat(recipe).containsPattern("(?m)^#?" + key + ": .*# ");
        for (String key : TuneSettings.settings(technique))
            assertThat(recipe).containsPattern("(?m)^  #?" + key + ": .*# ");
    }

    @Test
    void aMisspelledKeyOfARecipeIsRefused() throws IOException {
        Path recipe = Files.writeString(home.resolve("r.yaml"), "technique: lora\nlable: department\n");
        Command refused = Command.run(home, "tune", "--recipe", recipe.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("recipe.key", "lable", "label");
    }

    private Path tickets() throws IOException {
        Path data = home.resolve("tickets.csv");
        var csv = new StringBuilder("message,department\n");
        for (int i = 0; i < 24; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ")
                    .append(i)
                    .append(',')
                    .append(i % 2 == 0 ? "pay" : "post")
                    .append('\n');
        return Files.writeString(data, csv);
    }

    @ParameterizedTest
    @MethodSource("withCommands")
    void theCommandOfAPageWorks(Path page) throws IOException {
        Path model = TinyModel.file();
        Path data = tickets();
        for (String line : commands(page).toList()) {
            List<String> words = new ArrayList<>(Arrays.asList(line.split(" ")));
            words.removeFirst();
            words.replaceAll(word -> word.equals("tickets.csv") ? data.toString() : word);
            int out = words.indexOf("--out") + 1;
            words.set(out, home.resolve(words.get(out)).toString());
            words.addAll(EndToEndTest.fewTokens(words.get(1)));
            words.addAll(TinyModel.options(model));
            words.add("--json");
            Command ran = Command.run(home, words.toArray(String[]::new));
            assertThat(ran.code()).as(line + "\n" + ran.err()).isZero();
            assertThat(Path.of(words.get(out)).resolve("savile/manifest.json")).exists();
        }
    }

    /// The commands of the page on prompts work one after the other, as a reader would type them.
    @Test
    void theCommandsOfThePageOnPromptsWork() throws IOException {
        Path model = TinyModel.file();
        var csv = new StringBuilder("subject,body,team\n");
        for (int i = 0; i < 160; i++)
            csv.append("no ")
                    .append(i)
                    .append(i % 2 == 0 ? ",bill " : ",box ")
                    .append(i * 37 % 401)
                    .append(i % 2 == 0 ? ",pay\n" : ",post\n");
        Path data = Files.writeString(home.resolve("tickets.csv"), csv);
        Path task = Files.writeString(home.resolve("tickets.yaml"), """
                name: tickets
                kind: label
                data: tickets.csv
                input: "{subject} {body}"
                target: "{team}"
                instruction: Sort.
                """);
        works(model, List.of("prompt", "save", "--task", task.toString(), "--name", "tickets-best"));
        List<String> lora = new ArrayList<>(List.of("tune", "lora", "--data", data.toString(), "--text", "body"));
        lora.addAll(List.of("--label", "team", "--set", "epochs=1", "--name", "my-lora"));
        works(model, lora);
        List<String> lines;
        try (Stream<String> all = Files.lines(pages().resolve("prompt.md"))) {
            lines = all.filter(line -> line.startsWith("./savile ")).toList();
        }
        assertThat(lines).hasSizeGreaterThan(5);
        for (String line : lines) {
            List<String> words = new ArrayList<>();
            Matcher word = Pattern.compile("((?:[^\\s\"]|\"[^\"]*\")+)").matcher(line.replaceFirst(" +#.*", ""));
            while (word.find()) words.add(word.group(1).replace("\"", ""));
            words.removeFirst();
            words.replaceAll(given -> given.equals("tickets.yaml") ? task.toString() : given);
            words.replaceAll(given -> given.equals("10m") ? "3s" : given);
            works(model, words);
        }
    }

    private void works(Path model, List<String> given) {
        List<String> words = new ArrayList<>(given);
        if (!words.contains("rollback")) words.addAll(TinyModel.options(model));
        if (!words.contains("--json")) words.add("--json");
        Command ran = Command.run(home, words.toArray(String[]::new));
        assertThat(ran.code()).as(String.join(" ", given) + "\n" + ran.err()).isZero();
    }
}
