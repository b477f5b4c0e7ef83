package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.evaluate.task.Drawing;
import dev.savile.generate.EndTokens;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Sampling;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.generate.constrain.Automaton;
import dev.savile.technique.prompt.PromptBundle;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// How the options of `generate` and `chat` have answers written, and how these are shown.
final class AnswerWriter {
    private final Console console;
    private final GlobalOptions global;
    private final SamplingOptions sampling;
    private final Optional<Automaton> form;
    private final GenerationOptions plain;

    /// Read the options; what is wrong with them is refused before a model is loaded.
    AnswerWriter(Console console, GlobalOptions global, SamplingOptions sampling, FormOptions form) {
        this.console = console;
        this.global = global;
        this.sampling = sampling;
        this.form = form.form().map(Automaton::of);
        this.plain = options(PromptBundle.plain());
    }

    /// Whether answers are held to a form.
    boolean formed() {
        return form.isPresent();
    }

    /// How answers are written where no prompt is in use.
    GenerationOptions plain() {
        return plain;
    }

    /// How a prompt's answers are written: as it says, but for what options say.
    ///
    /// @throws UserError those of [GenerationOptions] and [Sampling]; `generate.temperature` where all draws would
    ///         be alike
    GenerationOptions options(PromptBundle bundle) {
        Sampling own = Drawing.sampling(bundle, global.seed());
        double temperature = Objects.requireNonNullElse(sampling.temperature, own.temperature());
        int samples = bundle.reasoning().samples();
        if (samples > 1 && temperature == 0)
            throw new UserError(
                    "generate.temperature",
                    "--temperature is 0, and the prompt lets " + samples + " answers vote",
                    "without chance all of them are the same",
                    "leave it away, or use a temperature such as 0.7");
        return new GenerationOptions(
                Objects.requireNonNullElse(sampling.maxTokens, bundle.decoding().maxTokens()),
                new Sampling(
                        Objects.requireNonNullElse(sampling.repetitionPenalty, own.repetitionPenalty()),
                        temperature,
                        Objects.requireNonNullElse(sampling.topK, own.topK()),
                        Objects.requireNonNullElse(sampling.topP, own.topP()),
                        Objects.requireNonNullElse(sampling.minP, 0.0),
                        global.seed()),
                sampling.stop.isEmpty() ? bundle.decoding().stop() : sampling.stop,
                false);
    }

    /// Refuse options where nothing is written.
    ///
    /// @throws UserError `generate.labels`
    void refuse(PromptBundle labelled) {
        if (sampling.given().isEmpty()) return;
        throw new UserError(
                "generate.labels",
                String.join(", ", sampling.given()) + " would have no effect",
                "the prompt has labels ("
                        + String.join(", ", labelled.labels().stream().limit(5).toList())
                        + (labelled.labels().size() > 5 ? ", ..." : "")
                        + "): the likeliest is the answer, and nothing is written",
                "leave them away; savile chat writes freely");
    }

    TextGenerator generator(Session session) {
        return new TextGenerator(
                session.base().model(), session.tuning(), session.base().encoder(), ends(session));
    }

    EndTokens ends(Session session) {
        return new EndTokens(session.base().endIds());
    }

    /// Hold answers to the form that was asked for, if there is one.
    GenerationOptions held(GenerationOptions options, TextGenerator generator) {
        return held(options, generator, PromptBundle.plain());
    }

    /// Hold answers to the form that was asked for, else to that of a prompt.
    GenerationOptions held(GenerationOptions options, TextGenerator generator, PromptBundle bundle) {
        return form.or(() -> Optional.ofNullable(bundle.decoding().form()).map(Automaton::of))
                .map(generator::constraint)
                .map(options::with)
                .orElse(options);
    }

    /// Write an answer and show it as it comes.
    TextGeneration write(TextGenerator generator, GenerationRequest request) {
        TextGeneration answer = generator.generate(request, this::show, console.stop());
        console.print("");
        return answer;
    }

    private void show(String piece) {
        if (console.json()) return;
        console.out().print(piece);
        console.out().flush();
    }

    /// What programs are told of an answer.
    static Map<String, Object> result(Session session, TextGeneration answer) {
        var generation = answer.generation();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("text", answer.text());
        result.put("ids", generation.ids());
        result.put("finish", generation.finish() == Finish.LENGTH ? "length" : "stop");
        result.put("promptTokens", generation.promptTokens());
        result.put("tokens", generation.ids().length);
        result.put("tokensPerSecond", generation.tokensPerSecond());
        result.put("firstTokenSeconds", generation.firstTokenSeconds());
        result.put("customizations", session.provenance());
        return result;
    }
}
