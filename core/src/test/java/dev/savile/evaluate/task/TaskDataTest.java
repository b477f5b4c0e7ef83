package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.savile.common.UserError;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.QueryItem;
import dev.savile.technique.prompt.TextEmbedder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskDataTest {
    @TempDir
    Path folder;

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private TaskData read(String yaml) {
        return TaskData.read(TaskSpec.parse(yaml, "mine.yaml"), folder, 1);
    }

    private UserError refused(String yaml) {
        return catchThrowableOfType(UserError.class, () -> read(yaml));
    }

    @Test
    void rowsOfATableBecomeItems() throws IOException {
        write("train.csv", "subject,body,queue\nBill,too high,money\nBox,is lost,post\n");
        write("test.csv", "subject,body,queue\nInvoice,is wrong,money\n");
        TaskData data = read("train: train.csv\ntest: test.csv\ninput: '{subject}: {body}'\ntarget: '{queue}'\n");
        assertThat(data.labels()).containsExactly("money", "post");
        assertThat(data.test()).hasSize(1);
        assertThat(data.test().getFirst().input()).isEqualTo("Invoice: is wrong");
        assertThat(data.test().getFirst().references()).containsExactly("money");
        assertThat(data.train()).extracting(TaskItem::input).containsExactly("Bill: too high", "Box: is lost");
        assertThat(data.train())
                .extracting(TaskItem::id)
                .doesNotContain(data.test().getFirst().id());
    }

    @Test
    void nestedJsonGivesTextsByPaths() throws IOException {
        write("nested.json", """
                {"Weather": [{"data": [{"text": "rain in "}, {"text": "Rome", "entity": "city"}]}],
                 "Music": [{"data": [{"text": "play "}, {"text": "jazz"}]}]}
                """);
        TaskData data = read("""
                test: {file: nested.json, rows: "*"}
                evaluate-only: true
                fields:
                  request: {path: "data[*].text", join: ""}
                  city: {path: "data[entity=city].text"}
                  intent: $key
                input: "{request}"
                target: "{intent}"
                """);
        assertThat(data.test()).extracting(TaskItem::input).containsExactly("rain in Rome", "play jazz");
        assertThat(data.test()).extracting(TaskItem::answer).containsExactly("Weather", "Music");
        assertThat(data.test()).extracting(item -> item.fields().get("city")).containsExactly("Rome", "");
    }

    @Test
    void choicesAreSplitAndTheRightOneIsAmongThem() throws IOException {
        write("q.csv", "q,best,wrong\nSky?,blue,red; green\nGrass?,green,\"blue; green; red\"\n");
        String task = """
                kind: choice
                data: q.csv
                evaluate-only: true
                fields:
                  q: q
                  best: best
                  answers: {all: [best, wrong], split: "; "}
                input: "{q}"
                target: "{best}"
                choices: answers
                """;
        TaskData data = read(task);
        assertThat(data.test().getFirst().choices()).containsExactly("blue", "red", "green");
        assertThat(data.test().getLast().choices()).containsExactly("green", "blue", "red"); // each once
        UserError error = refused(task.replace("all: [best, wrong]", "all: [wrong]"));
        assertThat(error.code()).isEqualTo("task.choice");
        assertThat(error.what()).contains("line 2", "'blue'");
    }

    @Test
    void choicesThatAreEmptyOrTheSameAreRefusedByTheirLine() throws IOException {
        String task = """
                kind: choice
                data: q.csv
                evaluate-only: true
                fields: {q: q, best: a, answers: {all: [a, b, c]}}
                input: "{q}"
                target: "{best}"
                choices: answers
                """;
        write("q.csv", "q,a,b,c\nSky?,blue,red,green\nGrass?,green,,red\n");
        UserError empty = refused(task);
        assertThat(empty.code()).isEqualTo("task.choice");
        assertThat(empty.what()).contains("q.csv, line 3: choice 2 of 3 is empty");
        write("q.csv", "q,a,b,c\nSky?,blue,red,green\nGrass?,green,red,red \n");
        UserError same = refused(task);
        assertThat(same.code()).isEqualTo("task.choice");
        assertThat(same.what()).contains("q.csv, line 3", "'red'");
    }

    @Test
    void aPatternThatIsWrongIsRefusedByItsLine() throws IOException {
        write("q.csv", "q,want\nHow far?,1[0-9] km\nHow long?,(h\n");
        UserError error = refused("""
                kind: text
                data: q.csv
                evaluate-only: true
                input: '{q}'
                target: '{want}'
                metrics: [regex]
                """);
        assertThat(error.code()).isEqualTo("metric.regex");
        assertThat(error.what()).contains("q.csv, line 3", "'(h'");
        String task = "kind: text\ndata: q.csv\ninput: '{q}'\ntarget: '{want}'\n";
        assertThat(refused(task + "metrics: [regex]\n").what()).contains("may be learned from");
        assertThat(refused(task + "evaluate-only: true\nmetrics: [regex, exact_match]\n")
                        .what())
                .contains("exact_match");
    }

    @Test
    void rowsWithTheSameInputAreOneItemWithSeveralReferences() throws IOException {
        write("mr.csv", "mr,ref\na[1],one\na[1],uno\nb[2],two\na[1],one\n");
        TaskData data = read("""
                kind: text
                data: mr.csv
                evaluate-only: true
                merge: true
                fields: {mr: mr, ref: ref, values: {path: mr, find-all: "\\\\[(\\\\d)\\\\]"}}
                input: "{mr}"
                target: "{ref}"
                slots: values
                """);
        assertThat(data.test()).hasSize(2);
        assertThat(data.test().getFirst().references()).containsExactly("one", "uno");
        assertThat(data.test().getFirst().slots()).containsExactly("1");
    }

    @Test
    void partsAreToldByKeysAndValues() throws IOException {
        write(
                "all.json",
                "{\"1\": {\"q\": \"a\", \"y\": \"u\", \"s\": \"x\"}, \"2\": {\"q\": \"b\", \"y\": \"v\", \"s\": \"z\"}}");
        write("test.json", "{\"2\": \"v\"}");
        TaskData data = read("""
                train: {file: all.json, rows: "*", without-keys: test.json}
                test: {file: all.json, rows: "*", keys: test.json}
                input: "{q}"
                target: "{y}"
                """);
        assertThat(data.train()).extracting(TaskItem::input).containsExactly("a");
        assertThat(data.test()).extracting(TaskItem::input).containsExactly("b");
        TaskData only = read(
                "test: {file: all.json, rows: '*', only: {s: x}}\nevaluate-only: true\ninput: '{q}'\ntarget: '{y}'\n");
        assertThat(only.test()).extracting(TaskItem::input).containsExactly("a");
    }

    @Test
    void blocksOfATextAreRecords() throws IOException {
        write(
                "shown.txt",
                "Canary\n-----\nQ: 1 + 1\nA: One and one is two. So the answer is 2.\n\nQ: 2 + 3\nA: So the answer is 5.\n");
        write("test.csv", "q,a\n7 + 7,14\n");
        TaskData data = read("""
                kind: number
                train: {file: shown.txt, blocks: "Q: "}
                test: test.csv
                fields:
                  q: {path: [q, text], find: "(?s)^(?:Q: )?(.*?)(?:\\\\nA: .*)?$"}
                  a: {path: [a, text], find: "(?s)(?:.*So the answer is )?(\\\\d+)"}
                input: "{q}"
                target: "{a}"
                """);
        assertThat(data.train()).extracting(TaskItem::input).containsExactly("1 + 1", "2 + 3");
        assertThat(data.train()).extracting(TaskItem::answer).containsExactly("2", "5");
        assertThat(data.test()).extracting(TaskItem::answer).containsExactly("14");
    }

    @Test
    void packedFilesAreReadAsTheyAre() throws IOException {
        byte[] rows = "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \"y\"}\n"
                .getBytes(StandardCharsets.UTF_8);
        try (var out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("rows.jsonl.gz")))) {
            out.write(rows);
        }
        try (var out = new BZip2CompressorOutputStream(Files.newOutputStream(folder.resolve("rows.jsonl.bz2")))) {
            out.write(rows);
        }
        for (String ending : List.of("gz", "bz2"))
            assertThat(read("test: rows.jsonl." + ending + "\nevaluate-only: true\n")
                            .test())
                    .extracting(TaskItem::input)
                    .containsExactly("a", "b");
    }

    @Test
    void aScoredRowThatIsInTrainLeavesTrainAndIsNamed() throws IOException {
        write("train.csv", "text,label\nWhere is my parcel now?,post\nI paid twice for it,money\n");
        write("test.csv", "text,label\n\"where is my parcel, now\",post\n");
        TaskData data = read("train: train.csv\ntest: test.csv\n");
        assertThat(data.test()).hasSize(1);
        assertThat(data.train()).extracting(TaskItem::input).containsExactly("I paid twice for it");
        assertThat(data.warnings())
                .anyMatch(warning -> warning.contains("1 row left TRAIN") && warning.contains("(train.csv, line 2)"));
    }

    @Test
    void rowsThatLeaveTrainAreNamedByFileAndLineAndTheOthersCounted() throws IOException {
        write("one.csv", "text,label\nwhere is my parcel,post\nsomething else at all,post\ni paid twice,money\n");
        var test = new StringBuilder("text,label\nwhere is my parcel,post\ni paid twice,money\n");
        var two = new StringBuilder("text,label\n");
        for (String word : List.of("apples", "bridges", "clouds", "doors", "engines")) {
            test.append(word.repeat(3)).append(",post\n");
            two.append(word.repeat(3)).append(",post\n");
        }
        write("two.csv", two.toString());
        write("test.csv", test.toString());
        TaskData data = read("train: [one.csv, two.csv]\ntest: test.csv\n");
        assertThat(data.train()).hasSize(1);
        assertThat(data.warnings())
                .containsExactly("7 rows left TRAIN because a scored row is the same or nearly so (one.csv, line 2;"
                        + " one.csv, line 4; two.csv, line 2; two.csv, line 3; two.csv, line 4; and 2 more)");
    }

    @Test
    void rowsThatContradictEachOtherAreToldBeforeTheyAreLeftOut() throws IOException {
        String rows = "text,label\nit hurts,ill\nnever felt better,well\nIt hurts!,well\n";
        write("train.csv", rows);
        write("test.csv", "text,label\nmy head aches,ill\n");
        TaskData apart = read("train: train.csv\ntest: test.csv\n");
        assertThat(apart.train()).extracting(TaskItem::input).containsExactly("never felt better");
        assertThat(apart.warnings())
                .containsExactly("2 rows were left out because the same text has several labels (train.csv, line 2"
                        + " 'ill'; train.csv, line 4 'well')");
        write(
                "all.csv",
                rows + "quite another complaint,ill\nno complaint whatsoever,well\na broken left arm,ill\n"
                        + "a walk in the sun,well\n");
        TaskData split = read("data: all.csv\n");
        assertThat(split.warnings())
                .anyMatch(warning -> warning.startsWith("2 rows were left out") && warning.contains("all.csv, line 4"));
    }

    @Test
    void aPatternThatWouldNeverEndIsGivenUp() throws IOException {
        write("rows.csv", "text,label\nab,x\n" + "a".repeat(60) + "!,x\n");
        for (String kept : List.of("find", "find-all")) {
            UserError error = assertTimeoutPreemptively(
                    Duration.ofSeconds(60),
                    () -> refused("data: rows.csv\nevaluate-only: true\nfields: {text: {path: text, " + kept
                            + ": '(.*a){25}x'}, label: label}\n"));
            assertThat(error.code()).isEqualTo("task.pattern");
            assertThat(error.what()).contains("rows.csv, line 3", "(.*a){25}x", "61 characters");
        }
        write("deep.csv", "text,label\n" + "ab".repeat(200_000) + ",x\n");
        UserError deep = refused(
                "data: deep.csv\nevaluate-only: true\nfields: {text: {path: text, find: '(a|b)*c'}, label: label}\n");
        assertThat(deep.code()).isEqualTo("task.pattern");
    }

    @Test
    void optionsInAnotherOrderDoNotHideAnOverlap() throws IOException {
        write(
                "train.jsonl",
                "{\"q\": \"Which colour has the sky?\", \"best\": \"blue\", \"answers\": [\"red\", \"blue\"]}\n");
        write(
                "test.jsonl",
                "{\"q\": \"Which colour has the sky?\", \"best\": \"blue\", \"answers\": [\"blue\", \"red\"]}\n");
        TaskData data = read(
                "kind: choice\ntrain: train.jsonl\ntest: test.jsonl\ninput: '{q}'\ntarget: '{best}'\nchoices: answers\n");
        assertThat(data.train()).isEmpty();
        write("train.jsonl", """
                {"q": "Which?", "best": "a lake in the north", "answers": ["a wide field", "a lake in the north", "red"]}
                {"q": "Which?", "best": "red", "answers": ["green", "red", "an old house"]}
                """);
        write("test.jsonl", """
                {"q": "Which?", "best": "a lake in the north", "answers": ["red", "a lake in the north", "a wide field"]}
                """);
        TaskData inText = read(
                "kind: choice\ntrain: train.jsonl\ntest: test.jsonl\ninput: '{q} {answers}'\ntarget: '{best}'\nchoices: answers\n");
        assertThat(inText.train()).extracting(TaskItem::answer).containsExactly("red");
    }

    @Test
    void oneFileIsSplitAndNearDuplicatesStayOnOneSide() throws IOException {
        var csv = new StringBuilder("text,label\n");
        for (int i = 0; i < 120; i++)
            csv.append("message number ")
                    .append(i * 7919 % 1009)
                    .append(" about ")
                    .append(i / 2 % 2 == 0 ? "cats" : "dogs")
                    .append(i % 2 == 0 ? "," : "!,")
                    .append(i / 2 % 2 == 0 ? "cat" : "dog")
                    .append('\n');
        write("all.csv", csv.toString());
        TaskData data = read("data: all.csv\n");
        assertThat(data.train()).isNotEmpty();
        assertThat(data.test()).isNotEmpty();
        assertThat(data.train())
                .extracting(TaskItem::id)
                .doesNotContainAnyElementsOf(
                        data.test().stream().map(TaskItem::id).toList());
        TaskData again = read("data: all.csv\n");
        assertThat(again.test()).isEqualTo(data.test());
    }

    @Test
    void rowsOfOneGroupStayOnOneSide() throws IOException {
        var csv = new StringBuilder("text,label,patient\n");
        for (int i = 0; i < 90; i++)
            csv.append(Integer.toString(i * 7919 % 1009 + 5000, 36).repeat(4))
                    .append(i % 2 == 0 ? ",ill,p" : ",well,p")
                    .append(i / 3)
                    .append('\n');
        write("all.csv", csv.toString());
        TaskData data = read("data: all.csv\ngroup: patient\n");
        assertThat(data.train()).isNotEmpty();
        assertThat(data.test()).isNotEmpty().allSatisfy(item -> assertThat(item.group())
                .startsWith("p"));
        assertThat(data.test())
                .extracting(TaskItem::group)
                .doesNotContainAnyElementsOf(
                        data.train().stream().map(TaskItem::group).toList());
        UserError unknown = refused("data: all.csv\ngroup: doctor\n");
        assertThat(unknown.code()).isEqualTo("task.field");
        assertThat(unknown.what()).contains("doctor");
    }

    @Test
    void groupsThatLeaveNothingToScoreAreRefused() throws IOException {
        write("all.csv", "text,label,patient\nit hurts,ill,a\nit itches,ill,a\nso well,well,b\nall fine now,well,b\n");
        UserError none = refused("data: all.csv\ngroup: patient\n");
        assertThat(none.code()).isEqualTo("task.empty");
        assertThat(none.what()).contains("patient");
    }

    @Test
    void rowsOfWhichNoneCanBeScoredAreRefused() throws IOException {
        for (String rows : List.of(
                "only one,x\n",
                "first of its kind,x\nanother of another,y\nthird and last thing,z\n",
                "the same text again,x\nthe same text again,x\n",
                "the same text again,x\nthe same text again,y\n")) {
            write("few.csv", "text,label\n" + rows);
            UserError none = refused("data: few.csv\n");
            assertThat(none).as(rows).isNotNull();
            assertThat(none.code()).isEqualTo("task.empty");
        }
    }

    @Test
    void rowsOfAScoredGroupLeaveTrain() throws IOException {
        write("train.csv", "text,label,patient\nit hurts here,ill,a\nnever felt better,well,b\n");
        write("test.csv", "text,label,patient\nmy head aches,ill,a\n");
        TaskData data = read("train: train.csv\ntest: test.csv\ngroup: patient\n");
        assertThat(data.train()).extracting(TaskItem::group).containsExactly("b");
        assertThat(data.warnings()).anyMatch(warning -> warning.contains("train.csv, line 2"));
    }

    @Test
    void whatRowsLackIsNamed() throws IOException {
        write("rows.csv", "text,label\nhello,x\n");
        assertThat(refused("data: rows.csv\nevaluate-only: true\ninput: '{txt}'\n")
                        .what())
                .contains("{txt}");
        assertThat(refused("data: none.csv\n").code()).isEqualTo("task.rows");
        write("empty.csv", "text,label\n");
        assertThat(refused("data: empty.csv\n").code()).isEqualTo("task.empty");
        write("blank.csv", "text,label\nhello,\n");
        assertThat(refused("data: blank.csv\nevaluate-only: true\n").code()).isEqualTo("task.field");
        UserError label = refused("data: rows.csv\nevaluate-only: true\nlabels: [y, z]\n");
        assertThat(label.code()).isEqualTo("task.label");
        assertThat(label.what()).contains("x");
    }

    @Test
    void withoutRowsToLearnFromThereAreNoExamples() throws IOException {
        write("rows.csv", "text,label\nhello,x\nbye,y\n");
        TaskData data = read("data: rows.csv\nevaluate-only: true\n");
        assertThat(data.train()).isEmpty();
        var fewShot = TaskPrompt.fewShot(dev.savile.technique.prompt.DemoStrategy.RANDOM, 2, 0);
        var error = catchThrowableOfType(UserError.class, () -> fewShot.of(data));
        assertThat(error.code()).isEqualTo("task.no-train");
        assertThat(TaskPrompt.zeroShot().of(data).demos().pool()).isEmpty();
    }

    /// Neither a row itself nor another that belongs to it helps to answer it.
    @Test
    void aRowOfTrainIsNoExampleForItselfNorForItsGroup() throws IOException {
        var csv = new StringBuilder("text,label,who\n");
        for (int i = 0; i < 12; i++)
            csv.append("the invoice ")
                    .append(i * 7919)
                    .append(",pay,writer ")
                    .append(i / 3)
                    .append('\n');
        Files.writeString(folder.resolve("train.csv"), csv);
        Files.writeString(folder.resolve("test.csv"), "text,label,who\nhello,pay,a\nbye,pay,b\n");
        TaskData data = read("train: train.csv\ntest: test.csv\ngroup: who\n");
        PromptBundle bundle = TaskPrompt.fewShot(DemoStrategy.BM25, 3, 1).of(data);
        var selector = new DemoSelector(bundle, TextEmbedder.NONE, data.rowsOf(bundle), data.groups());
        for (TaskItem item : data.train()) {
            int group = data.groups().of(item.id());
            for (Demo demo : selector.choose(new QueryItem(item.id(), group, item.input()))
                    .demos()) {
                TaskItem shown = data.train().stream()
                        .filter(other -> other.demo().equals(demo))
                        .findFirst()
                        .orElseThrow();
                assertThat(data.groups().of(shown.id())).isNotEqualTo(group);
            }
        }
        assertThat(data.groups().shared()).isPositive();
        assertThat(selector.choose("hello").demos()).isNotEmpty();
    }

    /// Rows of one person stay together, whatever split a saved prompt's examples were drawn from.
    @Test
    void anExampleOfAnotherSplitDoesNotHelpItsGroup() throws IOException {
        Files.writeString(
                folder.resolve("test.csv"),
                "text,label,who\nwhere is my parcel,post,ann\nthe bill is wrong,pay,ann\nhello there,pay,bob\n");
        TaskData data = read("data: test.csv\nevaluate-only: true\ngroup: who\n");
        List<Demo> saved = List.of(new Demo("where is my parcel", "post"), new Demo("something else", "pay"));
        PromptBundle bundle = PromptBundle.classification(List.of("pay", "post"), false)
                .withDemos(new PromptBundle.Demos("fixed", 2, 0, 0, saved));
        List<LabelledRow> shown = data.rowsOf(bundle);
        Groups groups = data.groupsBeside(bundle, shown, data.test());
        var selector = new DemoSelector(bundle, TextEmbedder.NONE, shown, groups);
        for (TaskItem item : data.test()) {
            List<Demo> chosen = selector.choose(new QueryItem(item.id(), groups.of(item.id()), item.input()))
                    .demos();
            assertThat(chosen).hasSize(item.group().equals("ann") ? 1 : 2);
        }
    }

    /// A saved prompt brings its examples along, and they may be rows of another split or another copy of the data.
    @Test
    void anExampleThatIsNoRowOfTheTaskDoesNotHelpItsNearDuplicate() throws IOException {
        String question = "please tell me why the invoice was sent to my old address again in the month of %s";
        Files.writeString(
                folder.resolve("test.csv"),
                "text,label\n" + question.formatted("march") + ",post\nwhere is my parcel now,post\n");
        TaskData data = read("data: test.csv\nevaluate-only: true\n");
        List<Demo> saved =
                List.of(new Demo(question.formatted("april"), "post"), new Demo("my parcel is lost", "post"));
        PromptBundle bundle = PromptBundle.classification(List.of("post"), false)
                .withDemos(new PromptBundle.Demos("fixed", 2, 0, 0, saved));
        List<LabelledRow> shown = data.rowsOf(bundle);
        Groups groups = data.groupsBeside(bundle, shown, data.test());
        var selector = new DemoSelector(bundle, TextEmbedder.NONE, shown, groups);
        TaskItem near = data.test().getFirst();
        assertThat(selector.choose(new QueryItem(near.id(), groups.of(near.id()), near.input()))
                        .demos())
                .containsExactly(saved.getLast());
        TaskItem other = data.test().getLast();
        assertThat(selector.choose(new QueryItem(other.id(), groups.of(other.id()), other.input()))
                        .demos())
                .isEqualTo(saved);
    }
}
