package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of bad input is refused by a code of its own, with the place and the way out.
class BadDataTest {
    @TempDir
    Path folder;

    private Path bytes(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static UserError refused(Path file, Columns columns) {
        return catchThrowableOfType(UserError.class, () -> LabelledReader.read(file, columns));
    }

    private UserError refused(String name, String content, Columns columns) throws IOException {
        return refused(bytes(name, content.getBytes(StandardCharsets.UTF_8)), columns);
    }

    private UserError refused(String name, String content) throws IOException {
        return refused(name, content, Columns.guessed());
    }

    @Test
    void missingFilesAndFoldersAreToldApart() {
        assertThat(refused(folder.resolve("none.csv"), Columns.guessed()).code())
                .isEqualTo("file.missing");
        assertThat(refused(folder, Columns.guessed()).code()).isEqualTo("file.folder");
    }

    @Test
    void emptyFilesAreRefusedWhateverMakesThemEmpty() throws IOException {
        assertThat(refused("a.csv", "").what()).endsWith("is empty");
        for (String content : new String[] {"\uFEFF", "\n\n", "text,label\n"})
            assertThat(refused("a.csv", content).code()).isEqualTo("data.empty");
        assertThat(refused("a.csv", "text,label\n").what()).contains("column names and no rows");
        assertThat(refused("a.json", "[]").code()).isEqualTo("data.empty");
        assertThat(refused("a.jsonl", "\n").code()).isEqualTo("data.empty");
    }

    @Test
    void brokenBytesAreRefusedWithLineAndColumn() throws IOException {
        byte[] latin = "text,label\none,x\ncafé,y\n".getBytes(StandardCharsets.ISO_8859_1);
        var error = refused(bytes("a.csv", latin), Columns.guessed());
        assertThat(error.code()).isEqualTo("data.encoding");
        assertThat(error.what()).contains("bad bytes E9 at line 3, column 4");
        assertThat(error.fix()).contains("--encoding windows-1252", "ISO-8859-1");
    }

    @Test
    void brokenBytesFarInTheFileAreFoundInEveryFormat() throws IOException {
        for (String name : new String[] {"a.csv", "a.tsv", "a.jsonl"}) {
            String row = name.endsWith("csv")
                    ? "row,x"
                    : name.endsWith("tsv") ? "row\tx" : "{\"text\":\"row\",\"label\":\"x\"}";
            String header = name.endsWith("csv") ? "text,label\n" : name.endsWith("tsv") ? "text\tlabel\n" : row + "\n";
            byte[] good = (header + (row + "\n").repeat(40_000)).getBytes(StandardCharsets.UTF_8);
            byte[] all = java.util.Arrays.copyOf(good, good.length + 3);
            all[good.length] = 'a';
            all[good.length + 1] = (byte) 0xC3; // the beginning of a character that never ends
            all[good.length + 2] = '\n';
            assertThat(refused(bytes(name, all), Columns.guessed()).what())
                    .contains("bad bytes C3 at line 40002, column 2");
        }
    }

    @Test
    void aCharacterCutOffAtTheEndIsRefused() throws IOException {
        byte[] all = "text,label\none,x\ntwo,é".getBytes(StandardCharsets.UTF_8);
        var error = refused(bytes("a.csv", java.util.Arrays.copyOf(all, all.length - 1)), Columns.guessed());
        assertThat(error.what()).contains("line 3, column 5");
    }

    @Test
    void textThatIsNoTextIsRefused() throws IOException {
        byte[] wide = "text,label\none,x\n".getBytes(StandardCharsets.UTF_16LE);
        assertThat(refused(bytes("a.csv", wide), Columns.guessed()).fix()).contains("--encoding UTF-16LE");
        assertThat(refused(bytes("a.csv", new byte[] {'P', 'K', 3, 4, 0}), Columns.guessed())
                        .code())
                .isEqualTo("data.format");
        assertThat(refused("a.csv", "text,label\n", Columns.guessed().withEncoding("utf8000"))
                        .code())
                .isEqualTo("data.encoding");
    }

    @Test
    void parquetWithoutItsModuleSaysHowToGetIt() throws IOException {
        Path file = bytes("a.parquet", new byte[] {'P', 'A', 'R', '1'});
        List<ThrowingCallable> readers = List.of(
                () -> LabelledReader.read(file, Columns.guessed()),
                () -> ExampleReader.read(file, ExampleReader.Fields.usual()),
                () -> ExampleReader.guess(file, ""));
        for (ThrowingCallable reader : readers) {
            var error = catchThrowableOfType(UserError.class, reader);
            assertThat(error.code()).isEqualTo("data.parquet");
            assertThat(error.what()).contains("a.parquet is a Parquet file", "not switched on");
            assertThat(error.fix()).contains("SAVILE_MODULES=parquet");
        }
        var misnamed = refused(bytes("a.csv", new byte[] {'P', 'A', 'R', '1'}), Columns.guessed());
        assertThat(misnamed.code()).isEqualTo("data.format");
        assertThat(misnamed.fix()).contains("end in .parquet");
    }

    @Test
    void aWrongColumnNamesThoseThereAreAndTheNearest() throws IOException {
        var error = refused("a.csv", "text,category,id\none,x,1\n", Columns.named("text", "categry"));
        assertThat(error.code()).isEqualTo("data.column");
        assertThat(error.what()).contains("no column 'categry'");
        assertThat(error.fix()).contains("did you mean 'category'?", "the columns are: text, category, id");
        var json = refused("a.jsonl", "{\"text\":\"a\",\"kind\":\"x\"}\n", Columns.named("text", "label"));
        assertThat(json.fix()).contains("the columns are: text, kind").doesNotContain("--no-header");
    }

    @Test
    void aFileWithoutAHeaderIsRecognisedByItsValues() throws IOException {
        String content = "ham\tsee you at five\nspam\twin a prize\n";
        assertThat(refused("a.tsv", content).fix())
                .contains("the columns are: ham, see you at five", "--no-header and count columns from 1");
        assertThat(refused("a.tsv", content, Columns.named("2", "1")).fix()).contains("--no-header");
        assertThat(refused("a.tsv", content, new Columns("", "", false, "")).fix())
                .contains("the columns are: 1, 2");
        assertThat(refused("a.tsv", content, Columns.numbered(3, 1)).what()).contains("no column '3'");
        assertThat(refused("a.tsv", content, new Columns("text", "1", false, ""))
                        .fix())
                .contains("counted from 1");
    }

    @Test
    void columnsThatCannotBeToldAreAskedFor() throws IOException {
        assertThat(refused("a.csv", "text,message,label\na,b,x\n").what()).contains("holds the text cannot be told");
        assertThat(refused("a.csv", "text,intent,category\na,b,x\n").what()).contains("holds the label cannot be told");
        assertThat(refused("a.csv", "one,two\na,b\n").fix()).contains("--text", "one, two");
        assertThat(refused("a.csv", "text,label\na,b\n", Columns.named("text", "text"))
                        .what())
                .contains("same column");
        assertThat(refused("a.csv", "text,label,label\na,b,c\n", Columns.named("text", "label"))
                        .what())
                .contains("2 times");
        assertThat(refused("a.csv", "text\tlabel\na\tb\n", Columns.named("text", "label"))
                        .fix())
                .contains("name the file .tsv");
    }

    @Test
    void manyGapsAreRefusedWithTheirLines() throws IOException {
        var error = refused("a.csv", "text,label\none,x\n  ,y\nthree,\nfour,y\n");
        assertThat(error.code()).isEqualTo("data.blank");
        assertThat(error.what()).contains("2 rows of 4", "lines 3, 4");
        assertThat(refused("a.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":null,\"label\":\"x\"}\n")
                        .code())
                .isEqualTo("data.blank");
    }

    @Test
    void raggedRowsAreRefusedWithTheirLine() throws IOException {
        var error = refused("a.csv", "text,label\n\"two\nlines\",x\none, two,x\n");
        assertThat(error.code()).isEqualTo("data.ragged");
        assertThat(error.what()).contains("line 4 has 3 fields, the first line has 2");
        assertThat(refused("a.tsv", "text\tlabel\none\n").what()).contains("line 2 has 1 field,");
    }

    @Test
    void brokenQuotesAreRefusedWithTheirLine() throws IOException {
        var open = refused("a.csv", "text,label\none,x\n\"two,y\nthree,x\n");
        assertThat(open.code()).isEqualTo("data.csv");
        assertThat(open.what()).contains("line 3: a quote is opened and never closed");
        assertThat(refused("a.csv", "text,label\n\"on\"e,x\n").what()).contains("line 2", "after closing quote");
    }

    @Test
    void brokenJsonIsRefusedWithItsLine() throws IOException {
        var error = refused("a.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\" \"x\"}\n");
        assertThat(error.code()).isEqualTo("json.syntax");
        assertThat(error.what()).contains("line 2, column");
        assertThat(refused("a.json", "[{\"text\":\"a\",\"label\":\"x\"}").code())
                .isEqualTo("json.syntax");
        assertThat(refused("a.json", "[".repeat(5_000)).code()).isIn("json.syntax", "data.json");
        assertThat(refused("a.jsonl", "{\"text\":\"a\",\"label\":\"x\",\"e\":" + "[".repeat(5_000))
                        .code())
                .isEqualTo("json.syntax");
    }

    @Test
    void jsonOfAnotherShapeIsRefused() throws IOException {
        assertThat(refused("a.jsonl", "[\"a\",\"x\"]\n").code()).isEqualTo("data.json");
        assertThat(refused("a.jsonl", "\"a\"\n").code()).isEqualTo("data.json");
        assertThat(refused("a.json", "{\"a\":[{\"text\":\"b\",\"label\":\"x\"}],\"c\":[{}]}")
                        .what())
                .contains("'a' and 'c'");
        assertThat(refused("a.json", "{}").code()).isEqualTo("data.json");
        assertThat(refused("a.json", "[{\"text\":\"b\",\"label\":\"x\"}] {}").what())
                .contains("more follows");
    }

    @Test
    void valuesThatAreNoTextAreRefused() throws IOException {
        var error = refused("a.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":[\"b\"],\"label\":\"x\"}\n");
        assertThat(error.code()).isEqualTo("data.value");
        assertThat(error.what()).contains("line 2: 'text' holds a list or an object");
    }

    @Test
    void keysThatStandTwiceAreRefused() throws IOException {
        var error = refused("a.jsonl", "{\"text\":\"a\",\"label\":\"x\",\"text\":\"b\"}\n");
        assertThat(error.code()).isEqualTo("data.duplicate-key");
        assertThat(error.what()).contains("line 1: the key 'text'");
    }

    @Test
    void oneLabelIsRefused() throws IOException {
        var error = refused("a.csv", "text,label\none,x\ntwo,x\n");
        assertThat(error.code()).isEqualTo("data.one-label");
        assertThat(error.what()).contains("only the label 'x'");
    }
}
