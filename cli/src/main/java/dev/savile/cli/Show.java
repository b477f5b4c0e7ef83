package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledRow;
import dev.savile.model.BaseModel;
import dev.savile.model.family.Families;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.text.ChatEncoder;
import dev.savile.text.EncodedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
        LabelledData data = Rows.read(verb.data);
        Path folder = Session.locate(verb.global, console).folder();
        ChatEncoder encoder = BaseModel.encoder(folder);
        int context = Families.spec(Json.tree(folder.resolve("config.json"))).maxPositions();
        var renderer = new PromptRenderer(
                PromptBundle.trainedClassification(data.labels()), encoder, context, Rows.overLength(verb.data));
        List<Object> shown = new ArrayList<>();
        for (LabelledRow row : data.rows()
                .subList(0, Math.min(Math.max(0, verb.rows), data.rows().size()))) {
            EncodedRow encoded = renderer.row(row.text(), row.label());
            print(row, encoded, encoder);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("row", row.id());
            fields.put("promptIds", encoded.promptIds());
            fields.put("completionIds", encoded.completionIds());
            fields.put("text", encoder.tokenizer().decode(encoded.ids()));
            shown.add(fields);
        }
        console.result(Map.of("rows", shown));
        return ExitCode.OK;
    }

    private void print(LabelledRow row, EncodedRow encoded, ChatEncoder encoder) {
        int prompt = encoded.promptIds().length;
        console.print("");
        console.print("row " + row.id() + " (line " + row.line() + "): " + prompt + " tokens of prompt, masked; "
                + encoded.completionIds().length + " tokens of answer, learned");
        console.print("position      id  learned  segment     piece");
        int[] ids = encoded.ids();
        for (int i = 0; i < ids.length; i++) {
            boolean learned = i >= prompt;
            String piece = encoder.tokenizer().decode(new int[] {ids[i]}).replace("\n", "\\n");
            String line = String.format(
                    Locale.ROOT,
                    "%8d %7d  %-7s  %-10s  %s",
                    i,
                    ids[i],
                    learned ? "yes" : "-",
                    learned ? "answer" : "prompt",
                    piece);
            console.print(console.colour() ? (learned ? LEARNED : MASKED) + line + PLAIN : line);
        }
    }
}
