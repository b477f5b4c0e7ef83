package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.task.MessageAnswers;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.generate.DrawKey;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.TextGenerator;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.soft.PromptTable;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Run `savile generate`.
final class Generate {
    private final Console console;
    private final GlobalOptions global;
    private final AnswerWriter writer;

    Generate(Console console, GlobalOptions global, AnswerWriter writer) {
        this.console = console;
        this.global = global;
        this.writer = writer;
    }

    /// Answer a message: by the prompt in use where there is one, so that the model sees what it was measured or
    /// trained with.
    ///
    /// @param system a system message in place of that prompt; empty for none
    /// @param raw    continue the bare text
    int answer(MessageFields message, String system, boolean raw) {
        Interrupts.watch(console, "the answer ends here");
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console)) {
                if (raw || !system.isEmpty())
                    session.refusePrompt(
                            raw ? "--raw continues the bare text" : "--system is another one",
                            "leave " + (raw ? "--raw" : "--system") + " away, or the prompt");
                else if (session.bundle().isPresent())
                    return byPrompt(session, session.bundle().get(), message);
                TextGenerator generator = writer.generator(session);
                GenerationOptions options = writer.held(writer.plain(), generator);
                return written(
                        session,
                        generator,
                        raw
                                ? generator.request(message.textAlone(), options, DrawKey.SINGLE)
                                : generator.request(
                                        conversation(message.textAlone(), system), options, DrawKey.SINGLE));
            }
        });
    }

    /// Answer a row of a task of a prompt table.
    int task(String name, Map<String, String> fields) {
        Interrupts.watch(console, "the answer ends here");
        return EngineThread.call(() -> {
            try (Session session = Session.openTable(global, console)) {
                session.refusePrompt("a task's template says what is asked", "leave it away");
                if (!(session.tuning() instanceof PromptTable table))
                    throw new UserError(
                            "generate.task",
                            "no prompt table was named",
                            "the task '" + name + "' is one of a table's",
                            "name the table with --with");
                int[] ids = table.ids()
                        .template(name)
                        .promptIds(
                                fields,
                                session.base().encoder().tokenizer(),
                                table.ids().first(name));
                TextGenerator generator = writer.generator(session);
                GenerationOptions options = writer.held(writer.plain(), generator);
                return written(session, generator, GenerationRequest.of(ids, options, writer.ends(session)));
            }
        });
    }

    private int written(Session session, TextGenerator generator, GenerationRequest request) {
        console.result(AnswerWriter.result(session, writer.write(generator, request)));
        return console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
    }

    private static Conversation conversation(String prompt, String system) {
        List<Message> messages = new ArrayList<>();
        if (!system.isEmpty()) messages.add(Message.system(system));
        messages.add(Message.user(prompt));
        return Conversation.of(messages);
    }

    private int byPrompt(Session session, PromptBundle bundle, MessageFields message) {
        Map<String, String> fields = message.of(bundle);
        TaskKind kind = writer.formed() ? TaskKind.TEXT : session.kind();
        if (kind == TaskKind.CHOICE || kind == TaskKind.PERPLEXITY)
            throw new UserError(
                    "generate.kind",
                    "the prompt was saved for a task of the kind " + kind.id(),
                    "its questions were answered by the likeliest of choices that stand in each row, or not at all",
                    "hold the answer to choices with --choices, or evaluate it with savile eval --task");
        if (kind == TaskKind.LABEL && !bundle.reasoning().reasons()) writer.refuse(bundle);
        if (writer.formed()) requireOneText(bundle);
        GenerationOptions options = writer.options(bundle);
        var answers = new MessageAnswers(session.under(bundle), kind, options, console.stop());
        if (writer.formed() || answers.plain()) {
            TextGenerator generator = writer.generator(session);
            PromptRenderer.Prompt prompt = answers.prompt(fields);
            examples(prompt.demosKept(), bundle);
            return written(
                    session,
                    generator,
                    GenerationRequest.of(prompt.ids(), writer.held(options, generator, bundle), writer.ends(session)));
        }
        long started = System.nanoTime();
        Optional<MessageAnswers.Answer> answer = answers.answer(fields);
        if (answer.isEmpty()) return ExitCode.STOPPED;
        print(answer.get());
        double seconds = (System.nanoTime() - started) / 1e9;
        examples(answer.get().examples(), bundle);
        console.result(result(session, answer.get(), seconds));
        return ExitCode.OK;
    }

    /// Say that fewer examples stood in the prompt than it was measured with.
    private void examples(int kept, PromptBundle bundle) {
        int wanted = bundle.demos().wanted();
        if (kept < wanted)
            console.progress()
                    .warn("only " + kept + " of " + wanted + " worked examples fit beside the message and the answer");
    }

    private static void requireOneText(PromptBundle bundle) {
        if (bundle.reasoning().reasons() || bundle.reasoning().samples() > 1)
            throw new UserError(
                    "generate.form",
                    "the answer is to be held to a form, and the prompt "
                            + (bundle.reasoning().reasons() ? "reasons first" : "lets several answers vote"),
                    "a form holds all that is written, and leaves no place for the way to an answer",
                    "leave the form away, or name a prompt that answers at once");
    }

    private void print(MessageAnswers.Answer answer) {
        if (answer.unparsed().isEmpty()) {
            console.print(answer.text());
            return;
        }
        console.progress()
                .warn("no answer could be read: " + answer.unparsed()
                        + (answer.cut() ? "; it was cut off at its longest length (--max-tokens)" : ""));
        answer.ways().forEach(console::print);
    }

    /// @param seconds until the answer was there, all at once
    private static Map<String, Object> result(Session session, MessageAnswers.Answer answer, double seconds) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("text", answer.text());
        if (!answer.unparsed().isEmpty()) result.put("unparsed", answer.unparsed());
        if (!answer.probabilities().isEmpty()) {
            result.put("probability", answer.probabilities().get(answer.text()));
            result.put("probabilities", answer.probabilities());
        }
        if (!answer.ways().isEmpty()) result.put("ways", answer.ways());
        if (!answer.votes().isEmpty()) result.put("votes", answer.votes());
        result.put("ids", List.of()); // what is shown was read, not written
        result.put("finish", answer.cut() ? "length" : "stop");
        result.put("promptTokens", answer.promptTokens());
        result.put("tokens", answer.writtenTokens());
        result.put("tokensPerSecond", answer.writtenTokens() / Math.max(1e-9, seconds));
        result.put("firstTokenSeconds", seconds);
        result.put("examples", answer.examples());
        result.put("customizations", session.provenance());
        return result;
    }
}
