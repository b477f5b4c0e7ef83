package dev.savile.cli;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.data.Example;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.TextAnswers;
import dev.savile.evaluate.metrics.Score;
import dev.savile.generate.DrawKey;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import dev.savile.train.ExampleEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Run `savile eval --generate`: write the answers to rows and compare them with those that the rows give.
final class EvalAnswers {
    private static final int ROWS_AT_ONCE = 16;
    private static final int SHOWN = 3;

    private final Console console;
    private final EvalVerb verb;

    EvalAnswers(Console console, EvalVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    /// A row as a question and the answer that it gives.
    ///
    /// @param question null for a bare text
    private record Asked(@Nullable Conversation question, String bare, String reference) {}

    int run(TuneData data) {
        List<Asked> all = data.train().stream().map(this::asked).toList();
        List<Asked> rows = Rows.first(all, verb.limit);
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console);
                    Progress.Task task = console.progress().start("answering", rows.size(), "rows")) {
                session.refusePrompt(
                        "these rows are asked as they are", "leave it away, or ask them as a task with --task");
                var generator = new TextGenerator(
                        session.base().model(), session.tuning(), session.base().encoder());
                var options = GenerationOptions.greedy(verb.generate);
                List<GenerationRequest> requests = new ArrayList<>();
                for (Asked row : rows)
                    requests.add(
                            row.question == null
                                    ? generator.request(row.bare, options, DrawKey.SINGLE)
                                    : generator.request(row.question, options, DrawKey.SINGLE));
                long started = System.nanoTime();
                List<TextGeneration> answers = generator.generateAll(requests, ROWS_AT_ONCE, task, console.stop());
                if (console.stop().requested()) {
                    console.print("stopped before all rows were answered; nothing is reported of a part");
                    return ExitCode.STOPPED;
                }
                report(rows, answers, (System.nanoTime() - started) / 1e9, data.source());
                return ExitCode.OK;
            }
        });
    }

    private Asked asked(Object row) {
        if (row instanceof Example.Completion(String prompt, String completion, long _))
            return new Asked(verb.examples.raw ? null : Conversation.of(Message.user(prompt)), prompt, completion);
        if (row instanceof Example.Chat chat
                && chat.turns().size() > 1
                && chat.turns().getLast().role().equals("assistant")) {
            List<Example.Turn> before = chat.turns().subList(0, chat.turns().size() - 1);
            return new Asked(
                    ExampleEncoder.conversation(chat, before),
                    before.getLast().content(),
                    chat.turns().getLast().content());
        }
        throw new UserError(
                "eval.generate",
                "the rows have no answers to compare with",
                "--generate writes an answer to each row and compares the two",
                "give rows of prompt and completion, or conversations that end with the assistant; labelled rows and"
                        + " plain text are scored without --generate");
    }

    private void report(List<Asked> rows, List<TextGeneration> answers, double seconds, String source) {
        List<TextAnswers.Item> items = new ArrayList<>();
        long tokens = 0;
        long cut = 0;
        long empty = 0;
        for (int i = 0; i < rows.size(); i++) {
            TextGeneration answer = answers.get(i);
            items.add(new TextAnswers.Item(answer.text(), List.of(rows.get(i).reference)));
            tokens += answer.generation().ids().length;
            if (answer.generation().finish() == Finish.LENGTH) cut++;
            if (answer.text().isBlank()) empty++;
        }
        List<Score> scores = new TextAnswers(items).scores(source, verb.global.seed());
        for (Score score : scores) console.print(String.format(Locale.ROOT, "%-22s %s", score.name(), score.percent()));
        console.print(String.format(
                Locale.ROOT,
                "%d answers of %.1f tokens in %.1f s; %d cut off at %d tokens, %d empty",
                rows.size(),
                (double) tokens / rows.size(),
                seconds,
                cut,
                verb.generate,
                empty));
        showWrong(rows, items);
        if (verb.items != null) write(rows, items, answers);
        Map<String, Object> metrics = new LinkedHashMap<>();
        for (Score score : scores) metrics.put(score.name(), score.interval().fields(score.value()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", rows.size());
        result.put("metrics", metrics);
        result.put("tokens", tokens);
        result.put("cutAtLength", cut);
        result.put("empty", empty);
        result.put("seconds", seconds);
        console.result(result);
    }

    private void showWrong(List<Asked> rows, List<TextAnswers.Item> items) {
        int shown = 0;
        for (int i = 0; i < items.size() && shown < SHOWN; i++) {
            if (items.get(i).exact() > 0) continue;
            if (shown++ == 0) console.print("first answers that differ:");
            console.print("  asked:  " + line(rows.get(i).bare));
            console.print("  answer: " + line(items.get(i).answer()));
            console.print("  wanted: " + line(rows.get(i).reference));
        }
    }

    private static String line(String text) {
        String one = text.strip().replaceAll("\\s+", " ");
        return one.length() <= 160 ? one : one.substring(0, 157) + "...";
    }

    private void write(List<Asked> rows, List<TextAnswers.Item> items, List<TextGeneration> answers) {
        var lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("prompt", rows.get(i).bare);
            line.put("answer", items.get(i).answer());
            line.put("reference", rows.get(i).reference);
            line.put("exact", items.get(i).exact());
            line.put("tokenF1", items.get(i).wordF1());
            line.put("rougeL", items.get(i).rougeL());
            line.put("tokens", answers.get(i).generation().ids().length);
            line.put("finish", answers.get(i).generation().finish().name().toLowerCase(Locale.ROOT));
            lines.append(Json.line(line)).append('\n');
        }
        DurableFiles.write(Objects.requireNonNull(verb.items), lines.toString());
        console.print("wrote " + verb.items);
    }
}
