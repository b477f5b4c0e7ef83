package dev.savile.generate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.generate.constrain.Automaton;
import dev.savile.generate.constrain.Constraint;
import dev.savile.generate.constrain.TokenConstraint;
import dev.savile.generate.constrain.Vocabulary;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.text.ChatEncoder;
import dev.savile.text.Conversation;
import dev.savile.text.RawEncoder;
import dev.savile.text.SpecialTokens;
import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Answer in text: conversations and bare prompts in, pieces of text out as they are written.
public final class TextGenerator {
    private final CausalLm model;
    private final Tuning tuning;
    private final ChatEncoder encoder;
    private final EndTokens ends;
    private @Nullable Vocabulary vocabulary; // made when the first constraint needs it

    /// Take the end tokens from the chat template and the model's special tokens.
    public TextGenerator(CausalLm model, Tuning tuning, ChatEncoder encoder) {
        this(model, tuning, encoder, endTokens(encoder));
    }

    public TextGenerator(CausalLm model, Tuning tuning, ChatEncoder encoder, EndTokens ends) {
        this.model = model;
        this.tuning = tuning;
        this.encoder = encoder;
        this.ends = ends;
    }

    /// Collect the tokens that end an answer: what the template writes behind one, the end of a turn and the end
    /// of a text.
    public static EndTokens endTokens(ChatEncoder encoder) {
        List<Integer> ids = new ArrayList<>();
        encoder.endOfTurnId().ifPresent(ids::add);
        SpecialTokens special = encoder.template().tokens();
        Stream.of(special.end(), special.endOfTurn())
                .filter(token -> !token.isEmpty())
                .forEach(token -> encoder.tokenizer().idOf(token).ifPresent(ids::add));
        return new EndTokens(ids);
    }

    /// Hold answers of this model to a form. The constraint may serve many requests, at the same time too.
    ///
    /// @throws dev.savile.common.UserError `constrain.vocabulary` when the model's tokens cannot write it;
    ///         `constrain.too-large`
    public Constraint constraint(Automaton automaton) {
        if (vocabulary == null) vocabulary = Vocabulary.of(encoder.tokenizer(), ends.ids());
        return new TokenConstraint(automaton, vocabulary);
    }

    /// Ask for the next turn of a conversation.
    public GenerationRequest request(Conversation conversation, GenerationOptions options, DrawKey key) {
        return new GenerationRequest(encoder.promptIds(conversation), options, ends, key);
    }

    /// Ask for what follows a bare text, without a chat template.
    public GenerationRequest request(String prompt, GenerationOptions options, DrawKey key) {
        return new GenerationRequest(RawEncoder.promptIds(encoder.tokenizer(), prompt), options, ends, key);
    }

    /// Write an answer.
    ///
    /// @param pieces takes the text as it comes, on the engine's thread; all pieces together are the answer
    /// @param stop   ends the answer early, with [Finish#STOPPED]
    public TextGeneration generate(GenerationRequest request, Consumer<String> pieces, StopSignal stop) {
        TextPieces listener = listener(request, pieces, stop);
        return listener.finish(new Generator(model, tuning).generate(request, listener));
    }

    /// Write the answers of a list of requests, in its order.
    ///
    /// @param maxRows answers that are written at the same time
    public List<TextGeneration> generateAll(
            List<GenerationRequest> requests, int maxRows, Progress.Task task, StopSignal stop) {
        List<TextPieces> listeners = requests.stream()
                .map(request -> listener(request, piece -> {}, stop))
                .toList();
        List<BatchGenerator.Work> works = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) works.add(new BatchGenerator.Work(requests.get(i), listeners.get(i)));
        List<Generation> generations = new BatchGenerator(model, tuning, maxRows).generate(works, task, stop);
        List<TextGeneration> answers = new ArrayList<>();
        for (int i = 0; i < generations.size(); i++)
            answers.add(listeners.get(i).finish(generations.get(i)));
        return answers;
    }

    private TextPieces listener(GenerationRequest request, Consumer<String> pieces, StopSignal stop) {
        Tokenizer tokenizer = encoder.tokenizer();
        return new TextPieces(tokenizer, request.options().stop(), pieces, stop);
    }
}
