package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class MainTest {
    @TempDir
    Path home;

    @Test
    void helpListsTheVerbsOnStandardOutput() {
        Command help = Command.run(home, "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("runs", "doctor");
        assertThat(help.err()).isEmpty();
    }

    @Test
    void everyVerbExplainsItself() {
        assertThat(Command.run(home, "runs", "--help").out()).contains("--json", "--limit", "remove");
        assertThat(Command.run(home, "doctor", "--help").out()).contains("--json");
    }

    @Test
    void versionNamesJava() {
        assertThat(Command.run(home, "--version").out()).contains("savile", "Java 2");
    }

    @Test
    void noVerbIsBadInput() {
        Command none = Command.run(home);
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("no verb is given", "savile --help", "cli.option");
        assertThat(none.out()).isEmpty();
    }

    @Test
    void mistypedVerbIsAnsweredWithTheNearest() {
        Command mistyped = Command.run(home, "doctro");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).contains("doctro", "did you mean doctor?");
    }

    @Test
    void mistypedOptionIsAnsweredWithTheNearest() {
        Command mistyped = Command.run(home, "runs", "--limt=3");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).contains("--limt", "did you mean --limit?", "savile runs --help");
    }

    @Test
    void mistakesInTheArgumentsAreJsonToo() {
        Command mistyped = Command.run(home, "runs", "--limt=3", "--json");
        JsonNode error = Json.strict().readTree(mistyped.lastLine()).get("error");
        assertThat(error.propertyNames()).containsExactly("code", "what", "why", "fix");
        assertThat(error.get("code").asString()).isEqualTo("cli.option");
        assertThat(mistyped.code()).isEqualTo(2);
    }

    @Test
    void valueOfTheWrongTypeIsBadInput() {
        Command wrong = Command.run(home, "runs", "--limit", "many");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("many", "--limit");
    }

    @Test
    void missingThingEndsWithThree() {
        Command missing = Command.run(home, "runs", "show", "2026", "--json");
        assertThat(missing.code()).isEqualTo(3);
        assertThat(Json.strict().readTree(missing.lastLine()).at("/error/code").asString())
                .isEqualTo("runs.unknown");
        assertThat(missing.err()).contains("error:", "why:", "fix:", "code: runs.unknown");
    }
}
