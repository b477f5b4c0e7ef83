package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.generate.DrawKey;
import dev.savile.generate.EndTokens;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Sampling;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.generate.constrain.Automaton;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.HiddenStateEmbedder;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.soft.PromptTable;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Run `savile generate` and `savile chat`.
final class Generate {
    private final Console console;
    private final GlobalOptions global;
    private final SamplingOptions sampling;
    private final FormOptions form;

    Generate(Console console, GlobalOptions global, SamplingOptions sampling, FormOptions form) {
        this.console = console;
        this.global = global;
        this.sampling = sampling;
        this.form = form;
    }

    private GenerationOptions options() {
        return new GenerationOptions(
                sampling.maxTokens,
                new Sampling(
                        sampling.repetitionPenalty,
                        sampling.temperature,
                        sampling.topK,
                        sampling.topP,
                        sampling.minP,
                        global.seed()),
                sampling.stop,
                false);
    }

    /// Read the form that was asked for; it is refused before a model is loaded.
    private Optional<Automaton> automaton() {
        if (form.regex != null) return Optional.of(Automaton.regex(form.regex));
        if (form.jsonSchema != null) return Optional.of(Automaton.jsonSchema(Json.tree(form.jsonSchema)));
        return form.choices.isEmpty() ? Optional.empty() : Optional.of(Automaton.choices(form.choices));
    }

    private static GenerationOptions held(
            GenerationOptions options, Optional<Automaton> automaton, TextGenerator generator) {
        return automaton.map(generator::constraint).map(options::with).orElse(options);
    }

    private static TextGenerator generator(Session session) {
        return new TextGenerator(
                session.base().model(),
                session.tuning(),
                session.base().encoder(),
                new EndTokens(session.base().endIds()));
    }

    int answer(String prompt, String system, boolean raw) {
        if (prompt.isEmpty())
            throw new UserError(
                    "generate.prompt",
                    "the prompt is empty",
                    "there is nothing to answer",
                    "give a text with --prompt");
        GenerationOptions free = options();
        Optional<Automaton> automaton = automaton();
        Interrupts.watch(console, "the answer ends here");
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console)) {
                TextGenerator generator = generator(session);
                GenerationOptions options = held(free, automaton, generator);
                GenerationRequest request = raw
                        ? generator.request(prompt, options, DrawKey.SINGLE)
                        : generator.request(conversation(session, prompt, system), options, DrawKey.SINGLE);
                TextGeneration answer = generator.generate(request, this::show, console.stop());
                console.print("");
                console.result(result(answer));
                return console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
            }
        });
    }

    /// Answer a row of a task of a prompt table.
    int task(String name, Map<String, String> fields) {
        GenerationOptions free = options();
        Optional<Automaton> automaton = automaton();
        Interrupts.watch(console, "the answer ends here");
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console)) {
                if (!(session.tuning() instanceof PromptTable table))
                    throw new UserError(
                            "generate.task",
                            "no prompt table was named",
                            "the task '" + name + "' is one of a table's",
                            "name the table with --with");
                int[] ids = table.template(name)
                        .promptIds(fields, session.base().encoder().tokenizer(), table.firstId(name));
                TextGenerator generator = generator(session);
                GenerationRequest request = GenerationRequest.of(
                        ids,
                        held(free, automaton, generator),
                        new EndTokens(session.base().endIds()));
                TextGeneration answer = generator.generate(request, this::show, console.stop());
                console.print("");
                console.result(result(answer));
                return console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
            }
        });
    }

    /// Return how a customization's own prompt asks a message; the index of its examples is built here, once.
    private static Function<String, Conversation> asking(Session session, PromptBundle bundle) {
        var renderer = new PromptRenderer(
                bundle,
                session.base().encoder(),
                session.base().model().spec().maxPositions(),
                PromptRenderer.OverLength.REFUSE);
        var demos = new DemoSelector(bundle, HiddenStateEmbedder.cached(session.base()));
        return message -> renderer.prompt(message, demos.select(message)).conversation();
    }

    /// A customization's own prompt comes first, so that it sees what it was trained with.
    private static Conversation conversation(Session session, String prompt, String system) {
        if (system.isEmpty() && session.bundle().isPresent())
            return asking(session, session.bundle().get()).apply(prompt);
        List<Message> messages = new ArrayList<>();
        if (!system.isEmpty()) messages.add(Message.system(system));
        messages.add(Message.user(prompt));
        return Conversation.of(messages);
    }

    int chat(String system) {
        GenerationOptions free = options();
        Optional<Automaton> automaton = automaton();
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console);
                    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                Optional<Function<String, Conversation>> own =
                        system.isEmpty() ? session.bundle().map(bundle -> asking(session, bundle)) : Optional.empty();
                console.print(session.base().name()
                        + (own.isPresent() ? " with its own prompt; each line is a message of its own" : ""));
                List<Message> history = new ArrayList<>();
                if (!system.isEmpty()) history.add(Message.system(system));
                TextGenerator generator = generator(session);
                GenerationOptions options = held(free, automaton, generator);
                while (!console.stop().requested()) {
                    if (!console.json()) {
                        console.out().print("> ");
                        console.out().flush();
                    }
                    String line = in.readLine();
                    if (line == null || line.isBlank()) break;
                    Conversation conversation;
                    if (own.isPresent()) {
                        conversation = own.get().apply(line);
                    } else {
                        history.add(Message.user(line));
                        conversation = Conversation.of(history);
                    }
                    TextGeneration answer = generator.generate(
                            generator.request(conversation, options, DrawKey.SINGLE), this::show, console.stop());
                    if (own.isEmpty()) history.add(Message.assistant(answer.text()));
                    console.print("");
                    console.result(result(answer));
                }
                return console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void show(String piece) {
        if (console.json()) return;
        console.out().print(piece);
        console.out().flush();
    }

    private static Map<String, Object> result(TextGeneration answer) {
        var generation = answer.generation();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("text", answer.text());
        result.put("ids", generation.ids());
        result.put("finish", generation.finish() == Finish.LENGTH ? "length" : "stop");
        result.put("promptTokens", generation.promptTokens());
        result.put("tokens", generation.ids().length);
        result.put("tokensPerSecond", generation.tokensPerSecond());
        result.put("firstTokenSeconds", generation.firstTokenSeconds());
        return result;
    }
}
