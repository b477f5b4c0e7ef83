package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.task.MessageAnswers;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.generate.DrawKey;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Run `savile chat`.
final class Chat {
    private final Console console;
    private final GlobalOptions global;
    private final AnswerWriter writer;

    Chat(Console console, GlobalOptions global, AnswerWriter writer) {
        this.console = console;
        this.global = global;
        this.writer = writer;
    }

    /// Makes a line a request to the model, and hears the answer.
    private interface Talk {
        GenerationRequest request(String line);

        void answered(String line, String text);
    }

    /// @param system a system message in place of the prompt in use; empty for none
    int run(String system) {
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console);
                    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                if (!system.isEmpty())
                    session.refusePrompt("--system is another one", "leave --system away, or the prompt");
                TextGenerator generator = writer.generator(session);
                Optional<PromptBundle> own = system.isEmpty() ? session.bundle() : Optional.empty();
                Talk talk = own.map(bundle -> byPrompt(session, bundle, generator))
                        .orElseGet(() -> conversation(system, generator));
                console.print(session.base().name()
                        + (own.isPresent() ? " with its own prompt; each line is a message of its own" : ""));
                while (!console.stop().requested()) {
                    if (!console.json()) {
                        console.out().print("> ");
                        console.out().flush();
                    }
                    String line = in.readLine();
                    if (line == null || line.isBlank()) break;
                    try {
                        TextGeneration answer = writer.write(generator, talk.request(line));
                        talk.answered(line, answer.text());
                        console.result(AnswerWriter.result(session, answer));
                    } catch (UserError e) {
                        // the next line may fit
                        FailurePrinter.print(
                                Failure.of(e, console.env(), console.clock()),
                                console.out(),
                                console.err(),
                                console.json(),
                                false);
                    }
                }
                return console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private Talk conversation(String system, TextGenerator generator) {
        GenerationOptions options = writer.held(writer.plain(), generator);
        List<Message> history = new ArrayList<>();
        if (!system.isEmpty()) history.add(Message.system(system));
        return new Talk() {
            @Override
            public GenerationRequest request(String line) {
                List<Message> asked = new ArrayList<>(history);
                asked.add(Message.user(line));
                return generator.request(Conversation.of(asked), options, DrawKey.SINGLE);
            }

            @Override
            public void answered(String line, String text) {
                history.add(Message.user(line));
                history.add(Message.assistant(text));
            }
        };
    }

    /// Ask by a prompt, each line on its own; the index of its examples is built here, once.
    private Talk byPrompt(Session session, PromptBundle bundle, TextGenerator generator) {
        if (bundle.inputFields().size() > 1)
            throw new UserError(
                    "chat.fields",
                    "the prompt asks for {" + String.join("}, {", bundle.inputFields()) + "}",
                    "a line of a chat is one text",
                    "use savile generate with --field " + bundle.inputFields().getFirst() + "=... for each of them");
        List<String> unused = unused(bundle);
        if (!unused.isEmpty())
            console.progress()
                    .warn("chat writes one answer as it comes; of this prompt it does not use "
                            + String.join(", ", unused) + ", which savile generate does");
        boolean votes = bundle.reasoning().samples() > 1;
        PromptBundle once =
                votes ? bundle.change().reasoning(Reasoning.none()).done() : bundle; // the likeliest, not a draw
        GenerationOptions options = writer.held(writer.options(once), generator, bundle);
        var answers = new MessageAnswers(session.under(bundle), TaskKind.TEXT, options, console.stop());
        return new Talk() {
            @Override
            public GenerationRequest request(String line) {
                return GenerationRequest.of(
                        answers.prompt(bundle.fieldsOf(line)).ids(), options, writer.ends(session));
            }

            @Override
            public void answered(String line, String text) {
                // a prompt's messages know nothing of each other
            }
        };
    }

    /// What a prompt says that a chat leaves out.
    private static List<String> unused(PromptBundle bundle) {
        List<String> unused = new ArrayList<>();
        if (!bundle.labels().isEmpty()) unused.add("the scores of its labels");
        if (bundle.prior() != null) unused.add("its calibration");
        if (bundle.reasoning().samples() > 1) unused.add("the vote of several answers");
        if (!bundle.answers().isEmpty()) unused.add("how answers are read");
        return unused;
    }
}
