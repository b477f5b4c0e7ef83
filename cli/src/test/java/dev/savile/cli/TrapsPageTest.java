package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The page of traps names tests; it is worth nothing when they are gone.
class TrapsPageTest {
    private static final Path ROOT = Path.of(System.getProperty("savile.root", "."));
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");
    private static final int TRAPS = 19;

    @Test
    void everyTestOfThePageExists() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/traps.md"));
        Set<String> numbers = new LinkedHashSet<>();
        for (String line : page.lines().filter(line -> line.startsWith("| T-")).toList()) {
            Matcher named = TEST.matcher(line);
            assertThat(named.find()).as(line).isTrue();
            numbers.add(line.substring(2, line.indexOf(':')));
        }
        assertThat(numbers).hasSize(TRAPS);
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("core", "cli"))
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                files.filter(file -> file.toString().endsWith("Test.java")).forEach(sources::add);
            }
        Matcher test = TEST.matcher(page);
        while (test.find()) {
            String file = test.group(1) + ".java";
            String method = "void " + test.group(2) + "(";
            assertThat(sources).as(test.group()).anyMatch(source -> source.endsWith(file) && holds(source, method));
        }
    }

    private static boolean holds(Path source, String text) {
        try {
            return Files.readString(source).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
