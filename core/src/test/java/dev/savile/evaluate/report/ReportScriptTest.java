package dev.savile.evaluate.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Html;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script of the pages, run by Node.js where there is one.
class ReportScriptTest {
    @TempDir
    Path folder;

    @Test
    void numbersSortByValueZeroIncludedAndWhatIsNoNumberStandsLast() throws Exception {
        assertThat(run("""
                const cell = (text, sort) => ({textContent: text, dataset: sort === undefined ? {} : {sort}});
                const cells = [cell("–"), cell("10", "10"), cell("0", "0.0"), cell("-2", "-2"), cell("9", "9")];
                const words = [cell("b"), cell("C"), cell("a")];
                const sorted = (some, rising) => [...some]
                  .sort((a, b) => compareKeys(sortKey(a), sortKey(b), rising))
                  .map(one => one.textContent).join(" ");
                console.log(sorted(cells, true));
                console.log(sorted(cells, false));
                console.log(sorted(words, true));
                """)).isEqualTo("-2 0 9 10 –\n10 9 0 -2 –\na b C\n");
    }

    private String run(String script) throws IOException, InterruptedException {
        Path file = folder.resolve("script.js");
        Files.writeString(
                file, "const document = {querySelectorAll: () => [], getElementById: () => null};\n" + own() + script);
        Process node;
        try {
            node = new ProcessBuilder("node", file.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            Assumptions.abort("needs Node.js: " + e.getMessage());
            throw e;
        }
        String printed = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return printed;
    }

    private static String own() throws IOException {
        try (InputStream in = Html.class.getResourceAsStream("/dev/savile/report/report.js")) {
            if (in == null) throw new IOException("the script is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
