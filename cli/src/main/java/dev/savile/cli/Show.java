package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.model.BaseModel;
import dev.savile.model.ModelSpec;
import dev.savile.technique.soft.TaskIds;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.text.ChatEncoder;
import dev.savile.text.TrainingRow;
import dev.savile.train.DataCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Run `savile show`.
final class Show {
    private static final String LEARNED = "\033[1;32m";
    private static final String MASKED = "\033[2m";
    private static final String PLAIN = "\033[0m";

    private final Console console;
    private final ShowVerb verb;

    Show(Console console, ShowVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run() {
        TuneData data = TuneData.read(verb.data, verb.examples, Optional.empty(), verb.global.seed());
        Path folder = Session.locate(verb.global, console).folder();
        ChatEncoder encoder = BaseModel.encoder(folder);
        ModelSpec spec = BaseModel.spec(folder);
        int vocabulary = spec.vocabulary();
        TaskIds tasks = verb.tasks == null
                ? null
                : new TaskIds(List.of(Json.read(verb.tasks, TaskTemplate[].class)), vocabulary);
        List<? extends TrainingRow> rows = data.train(
                        new TuneData.RowEncoding(encoder, spec.maxPositions(), Math.max(0, verb.maxTokens), tasks))
                .rows();
        DataCheck check = DataCheck.of(rows, List.of());
        console.print(check.sentence());
        check.warnings().forEach(console.progress()::warn);
        List<Object> shown = new ArrayList<>();
        for (int i = 0; i < Math.min(Math.max(0, verb.rows), rows.size()); i++) {
            TrainingRow row = rows.get(i);
            print(i, row, encoder, vocabulary);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("row", i);
            fields.put("ids", row.ids());
            fields.put(
                    "learned",
                    IntStream.range(0, row.length()).filter(row::learned).toArray());
            fields.put(
                    "segments",
                    IntStream.range(0, row.length()).map(row::segment).toArray());
            fields.put(
                    "text",
                    encoder.tokenizer()
                            .decode(Arrays.stream(row.ids())
                                    .filter(id -> id < vocabulary)
                                    .toArray()));
            shown.add(fields);
        }
        console.result(Map.of("rows", shown));
        return ExitCode.OK;
    }

    /// @param vocabulary ids at or above it are virtual tokens
    private void print(int number, TrainingRow row, ChatEncoder encoder, int vocabulary) {
        console.print("");
        console.print("row " + number + ": " + row.length() + " tokens, " + row.learnedTokens() + " of them learned");
        console.print("position      id  segment  learned  piece");
        int[] ids = row.ids();
        for (int i = 0; i < ids.length; i++) {
            boolean learned = row.learned(i);
            String piece = ids[i] >= vocabulary
                    ? "(virtual token " + (ids[i] - vocabulary) + ")"
                    : encoder.tokenizer().decode(new int[] {ids[i]}).replace("\n", "\\n");
            String line = String.format(
                    Locale.ROOT, "%8d %7d  %7d  %-7s  %s", i, ids[i], row.segment(i), learned ? "yes" : "-", piece);
            console.print(console.colour() ? (learned ? LEARNED : MASKED) + line + PLAIN : line);
        }
    }
}
