package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.data.Groups;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskRun.Asked;
import dev.savile.evaluate.task.TaskRun.Setting;
import dev.savile.generate.GenerationOptions;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Answer single messages as a prompt says, by the code that evaluates it: labels are scored with the prompt's
/// words and prior, ways are written and voted on, answers are read off what was written.
public final class MessageAnswers {
    private final TaskSystem system;
    private final TaskKind kind;
    private final GenerationOptions options;
    private final StopSignal stop;
    private final PromptRenderer renderer;
    private final DemoSelector demos;

    /// @param kind    [TaskKind#LABEL] where one of the prompt's labels is wanted; [TaskKind#TEXT] or
    ///                [TaskKind#NUMBER] where the answer is written
    /// @param options how ways and answers are written
    public MessageAnswers(TaskSystem system, TaskKind kind, GenerationOptions options, StopSignal stop) {
        if (kind != TaskKind.LABEL && !kind.written())
            throw new IllegalArgumentException("a message of its own has no answer of the kind " + kind.id());
        this.system = system;
        this.kind = kind;
        this.options = options;
        this.stop = stop;
        renderer = TaskRun.renderer(system, kind, system.bundle().labels(), options.maxTokens());
        demos = new DemoSelector(system.bundle(), system.embedder());
    }

    /// What was answered to a message.
    ///
    /// @param text          a label, or what was read of the written texts; empty where nothing could be read
    /// @param unparsed      why nothing could be read; empty where something was
    /// @param probabilities of all labels, in the prompt's order; empty where the answer was written
    /// @param ways          what was written, one text a sample; none where labels were scored at once
    /// @param votes         for each answer that was read, in the order of their first; none for a label that was
    ///                      scored at once
    /// @param promptTokens  tokens of the prompt
    /// @param examples      worked examples in it
    /// @param writtenTokens tokens of all ways
    /// @param cut           whether a way ended because it was too long
    public record Answer(
            String text,
            String unparsed,
            Map<String, Double> probabilities,
            List<String> ways,
            Map<String, Integer> votes,
            int promptTokens,
            int examples,
            int writtenTokens,
            boolean cut) {
        public Answer {
            probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
            ways = List.copyOf(ways);
            votes = Collections.unmodifiableMap(new LinkedHashMap<>(votes));
        }
    }

    /// Whether the answer is the first text that is written, as it is, so that it can be shown as it comes.
    public boolean plain() {
        PromptBundle bundle = system.bundle();
        return kind == TaskKind.TEXT
                && !bundle.reasoning().reasons()
                && bundle.reasoning().samples() == 1
                && bundle.answers().isEmpty();
    }

    /// Render a message with the worked examples that the prompt chooses for it.
    ///
    /// @throws dev.savile.common.UserError `prompt.field`, `prompt.too-long`
    public PromptRenderer.Prompt prompt(Map<String, String> fields) {
        return renderer.prompt(fields, demos.choose(system.bundle().inputText(fields)));
    }

    /// Answer a message. Call it on the engine's thread.
    ///
    /// @return nothing when a stop was requested before the end
    /// @throws dev.savile.common.UserError those of [#prompt], of labels and of generation
    public Optional<Answer> answer(Map<String, String> fields) {
        String input = system.bundle().inputText(fields);
        var item = new TaskItem(0, fields, input, List.of(), List.of(), List.of(), "", "", "", 0);
        var asked = new Asked(item, Optional.of(prompt(fields)), "");
        var setting = new Setting(
                withoutRows(kind),
                system,
                renderer,
                AnswerCache.none(),
                options.sampling().seed(),
                Progress.none().start("", 0, ""),
                stop);
        var written = new WrittenAnswers(setting, options);
        return kind == TaskKind.LABEL ? new ChosenAnswers(setting, written).answer(asked) : written.answer(asked);
    }

    /// The ways of answering ask a task for its kind, and for labels where the prompt has none.
    private static TaskData withoutRows(TaskKind kind) {
        TaskSpec spec = TaskSpec.parse("kind: " + kind.id() + "\ndata: []\n", "message");
        return new TaskData(spec, List.of(), List.of(), Groups.none(), List.of(), List.of());
    }
}
