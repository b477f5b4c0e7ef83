package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelledReaderTest {
    @TempDir
    Path folder;

    private Path file(String name, String content, Charset charset) throws IOException {
        return Files.write(folder.resolve(name), content.getBytes(charset));
    }

    private LabelledData read(String name, String content) throws IOException {
        return LabelledReader.read(file(name, content, StandardCharsets.UTF_8), Columns.guessed());
    }

    @Test
    void csvKeepsQuotesCommasAndLineBreaksInsideFields() throws IOException {
        var data = read("a.csv", "text,label\r\n\"one, \"\"two\"\"\r\nthree\",x\r\nfour,y\r\n");
        assertThat(data.rows())
                .containsExactly(
                        new LabelledRow(0, "one, \"two\"\r\nthree", "x", 2), new LabelledRow(1, "four", "y", 4));
    }

    @Test
    void semicolonsAreFoundInTheFirstLineOutsideOfQuotes() throws IOException {
        var data = read("a.csv", "\"text\";label;\"a,b,c,d\"\nhello, you;x;1\nbye;y;2\n");
        assertThat(data.rows().getFirst().text()).isEqualTo("hello, you");
        assertThat(data.ignored()).containsExactly("a,b,c,d");
    }

    @Test
    void quotesInTsvAreOrdinaryCharacters() throws IOException {
        var data = read("a.tsv", "label\ttext\nx\tthe \"best\nx\t\"quoted\"\ny\tother\r\n");
        assertThat(data.rows()).extracting(LabelledRow::text).containsExactly("the \"best", "\"quoted\"", "other");
        assertThat(data.rows()).extracting(LabelledRow::line).containsExactly(2L, 3L, 4L);
    }

    @Test
    void columnsAreNumberedWithoutAHeader() throws IOException {
        Path file = file("a.tsv", "x\tone\ny\ttwo\n", StandardCharsets.UTF_8);
        var data = LabelledReader.read(file, Columns.numbered(2, 1));
        assertThat(data.rows()).containsExactly(new LabelledRow(0, "one", "x", 1), new LabelledRow(1, "two", "y", 2));
    }

    @Test
    void ofTwoColumnsTheOneWithoutAUsualNameIsTold() throws IOException {
        assertThat(read("a.csv", "wording,Label\none,x\ntwo,y\n")
                        .rows()
                        .getFirst()
                        .text())
                .isEqualTo("one");
        assertThat(read("b.csv", "Message,kind\none,x\ntwo,y\n")
                        .rows()
                        .getFirst()
                        .label())
                .isEqualTo("x");
    }

    @Test
    void jsonLinesMayHoldBlankLinesNumbersAndTruthValues() throws IOException {
        var data = read(
                "a.jsonl", "{\"text\":\"one\",\"label\":1,\"extra\":{\"a\":[1]}}\n\n{\"text\":2.50,\"label\":true}\n");
        assertThat(data.rows())
                .containsExactly(new LabelledRow(0, "one", "1", 1), new LabelledRow(1, "2.50", "true", 3));
        assertThat(data.ignored()).containsExactly("extra");
    }

    @Test
    void aJsonListIsReadWithTheLinesOfItsRows() throws IOException {
        var data = read("a.json", "[\n {\"text\":\"one\",\"label\":\"x\"},\n {\"label\":\"y\",\"text\":\"two\"}\n]\n");
        assertThat(data.rows()).containsExactly(new LabelledRow(0, "one", "x", 2), new LabelledRow(1, "two", "y", 3));
    }

    @Test
    void anObjectAroundOneListOfRowsIsSeenThrough() throws IOException {
        var data = read(
                "a.json",
                "{\"version\":1,\"tags\":[\"a\",\"b\"],\"meta\":{\"rows\":[{\"no\":1}]},\"none\":[],"
                        + "\"rows\":[{\"text\":\"one\",\"label\":\"x\"},{\"text\":\"two\",\"label\":\"y\"}],\"end\":null}");
        assertThat(data.rows()).extracting(LabelledRow::text).containsExactly("one", "two");
    }

    @Test
    void objectsOneAfterAnotherAreReadFromJsonToo() throws IOException {
        var data = read("a.json", "{\"text\":\"one\",\"label\":\"x\"}\n{\"text\":\"two\",\"label\":\"y\"}\n");
        assertThat(data.rows()).hasSize(2);
    }

    @Test
    void theFormatIsToldByContentWithoutAKnownEnding() throws IOException {
        assertThat(read("a.txt", "label\ttext\nx\tone, and\ny\ttwo\n").rows()).hasSize(2);
        assertThat(read("b.txt", "label,text\nx,one\ny,two\n").rows()).hasSize(2);
        assertThat(read("c.txt", "\n{\"text\":\"one\",\"label\":\"x\"}\n{\"text\":\"two\",\"label\":\"y\"}\n")
                        .rows())
                .hasSize(2);
    }

    @Test
    void byteOrderMarksAreSkippedAndTellUtf16() throws IOException {
        String content = "\uFEFFtext,label\ngrüß,x\nby\uD83D\uDE00e,y\n";
        for (Charset charset :
                new Charset[] {StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE}) {
            var data = LabelledReader.read(file("a.csv", content, charset), Columns.guessed());
            assertThat(data.rows()).extracting(LabelledRow::text).containsExactly("grüß", "by\uD83D\uDE00e");
        }
    }

    @Test
    void anotherEncodingIsReadWhenItIsNamed() throws IOException {
        Path file = file("a.csv", "text,label\ngrüß,x\nbye,y\n", StandardCharsets.ISO_8859_1);
        var data = LabelledReader.read(file, Columns.guessed().withEncoding("windows-1252"));
        assertThat(data.rows().getFirst().text()).isEqualTo("grüß");
    }

    @Test
    void fewGapsAreLeftOutAndNamed() throws IOException {
        var content = new StringBuilder("text,label\n");
        for (int i = 0; i < 50; i++)
            content.append(i == 7 ? ",x" : i == 9 ? "gap," : "row " + i + ",l" + i % 2)
                    .append('\n');
        var data = read("a.csv", content.toString());
        assertThat(data.rows()).hasSize(48);
        assertThat(data.warnings()).containsExactly("2 rows without text or label left out (lines 9, 11)");
    }

    @Test
    void labelsThatDifferInCaseOnlyAreMentioned() throws IOException {
        var data = read("a.csv", "text,label\none,Billing\ntwo,billing\nthree,x\n");
        assertThat(data.labels()).containsExactly("Billing", "billing", "x");
        assertThat(data.warnings()).singleElement().asString().contains("'Billing' and 'billing'");
    }

    @Test
    void swappedColumnsAreMentioned() throws IOException {
        var content = new StringBuilder("label,text\n");
        for (int i = 0; i < 30; i++)
            content.append("message ").append(i).append(",kind ").append(i % 2).append('\n');
        assertThat(read("a.csv", content.toString()).warnings())
                .singleElement()
                .asString()
                .startsWith("30 different labels in 30 rows");
    }

    @Test
    void theDigestFollowsTextsLabelsAndTheirOrder() throws IOException {
        String digest = read("a.csv", "text,label\none,x\ntwo,y\n").digest();
        assertThat(digest).hasSize(64);
        assertThat(read("b.tsv", "label\ttext\tid\nx\tone\t7\ny\ttwo\t8\n").digest())
                .isEqualTo(digest);
        assertThat(read("c.csv", "text,label\ntwo,y\none,x\n").digest()).isNotEqualTo(digest);
        assertThat(read("d.csv", "text,label\nonex,x\ntwo,y\n").digest()).isNotEqualTo(digest);
    }

    @Test
    void aFileLargerThanTheBuffersIsReadWholly() throws IOException {
        var content = new StringBuilder("text,label\n");
        for (int i = 0; i < 20_000; i++)
            content.append("\"grüße \uD83D\uDE00 ")
                    .append(i)
                    .append("\",l")
                    .append(i % 3)
                    .append('\n');
        var data = read("a.csv", content.toString());
        assertThat(data.rows()).hasSize(20_000);
        for (LabelledRow row : data.rows()) assertThat(row.text()).isEqualTo("grüße \uD83D\uDE00 " + row.id());
    }
}
