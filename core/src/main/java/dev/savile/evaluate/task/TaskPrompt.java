package dev.savile.evaluate.task;

import dev.savile.common.Evenly;
import dev.savile.common.UserError;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.List;
import java.util.Optional;

/// What is changed of the prompt that a task is usually asked with.
///
/// @param examples    worked examples
/// @param reasoning   whether the way to the answer comes first
/// @param samples     answers drawn, the commonest of which counts
/// @param system      another system text
/// @param instruction another instruction
/// @param prefix      other words that announce the answer
/// @param maxTokens   longest answer; 0 for the task's own, or 128 where it reasons
public record TaskPrompt(
        Examples examples,
        Reasoning.Mode reasoning,
        int samples,
        Optional<String> system,
        Optional<String> instruction,
        Optional<String> prefix,
        int maxTokens) {
    private static final int REASONING_TOKENS = 128;

    /// Worked examples before the question.
    ///
    /// @param shots     how many; 0 for none
    /// @param strategy  how they are chosen
    /// @param seed      of strategies that draw
    /// @param pool      rows that they are chosen from, from all over the data; 0 for all
    /// @param maxTokens that they may take together; 0 for the context
    /// @param order     in which they stand
    /// @param layout    how they stand
    /// @param encoder   of strategies by meaning; empty for the base model
    public record Examples(
            int shots,
            DemoStrategy strategy,
            long seed,
            int pool,
            int maxTokens,
            DemoOrder order,
            PromptBundle.Layout layout,
            String encoder) {
        public static Examples of(DemoStrategy strategy, int shots, long seed) {
            return new Examples(shots, strategy, seed, 0, 0, DemoOrder.usual(strategy), PromptBundle.Layout.TURNS, "");
        }

        public Examples from(int rows) {
            return new Examples(shots, strategy, seed, rows, maxTokens, order, layout, encoder);
        }
    }

    /// Ask as the task says, without examples.
    public static TaskPrompt zeroShot() {
        return new TaskPrompt(
                Examples.of(DemoStrategy.NONE, 0, 0),
                Reasoning.Mode.NONE,
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    /// Ask with worked examples.
    public static TaskPrompt fewShot(DemoStrategy strategy, int shots, long seed) {
        return zeroShot().with(Examples.of(strategy, shots, seed));
    }

    public TaskPrompt with(Examples chosen) {
        return new TaskPrompt(chosen, reasoning, samples, system, instruction, prefix, maxTokens);
    }

    public TaskPrompt with(Reasoning.Mode way, int draws) {
        return new TaskPrompt(examples, way, draws, system, instruction, prefix, maxTokens);
    }

    public TaskPrompt withInstruction(String text) {
        return new TaskPrompt(examples, reasoning, samples, system, Optional.of(text), prefix, maxTokens);
    }

    public TaskPrompt withMaxTokens(int tokens) {
        return new TaskPrompt(examples, reasoning, samples, system, instruction, prefix, tokens);
    }

    /// Return the prompt of a task with these changes.
    ///
    /// @throws UserError `task.no-train` where examples are asked for and there are no rows to take them from;
    ///         `task.no-way` where they are to show the way to the answer and no row has one
    public PromptBundle of(TaskData data) {
        PromptBundle usual = data.spec().prompt();
        return over(usual.change().labels(data.labels(), usual.listLabels()).done(), data);
    }

    /// Return a customization's own prompt with these changes.
    public PromptBundle over(PromptBundle own, TaskData data) {
        PromptBundle.Draft draft = own.change();
        system.ifPresent(draft::system);
        instruction.ifPresent(draft::instruction);
        prefix.ifPresent(draft::outputPrefix);
        if (examples.shots > 0 && examples.strategy != DemoStrategy.NONE)
            draft.demos(new PromptBundle.Demos(
                    examples.strategy.id(),
                    examples.shots,
                    examples.seed,
                    examples.maxTokens,
                    pool(data),
                    examples.order,
                    examples.layout,
                    null,
                    examples.encoder));
        if (samples > 1) draft.reasoning(Reasoning.of(reasoning).voting(samples));
        else if (reasoning != Reasoning.Mode.NONE) draft.reasoning(Reasoning.of(reasoning));
        boolean reasons = reasoning != Reasoning.Mode.NONE;
        if (reasons && instruction.isEmpty()) draft.instruction(withoutNothingElse(own.instruction()));
        int usual = reasons ? REASONING_TOKENS : own.decoding().maxTokens();
        draft.decoding(new PromptBundle.Decoding(
                maxTokens > 0 ? maxTokens : usual,
                reasons ? List.of() : own.decoding().stop()));
        return draft.done();
    }

    /// An instruction that forbids all but the answer would forbid the way to it.
    private static String withoutNothingElse(String instruction) {
        return instruction.replaceFirst(" and nothing else\\.?$", ".");
    }

    private List<Demo> pool(TaskData data) {
        if (data.train().isEmpty())
            throw new UserError(
                    "task.no-train",
                    "the task " + data.spec().name() + " has no rows to take worked examples from",
                    data.spec().evaluateOnly()
                            ? "its rows are for evaluation only, and a scored row must not become an example"
                            : "a scored row must not become an example",
                    "leave --shots away, or name rows with 'train' in the task's file");
        boolean ways = reasoning == Reasoning.Mode.FEW_SHOT;
        List<Demo> fitting = data.train().stream()
                .filter(item -> !ways || !item.rationale().isBlank())
                .map(TaskItem::demo)
                .toList();
        if (fitting.isEmpty())
            throw new UserError(
                    "task.no-way",
                    "no row of the task " + data.spec().name() + " tells the way to its answer",
                    "worked examples that reason need one",
                    "use --reasoning zero-shot, or name the field with 'rationale' in the task's file");
        return examples.pool == 0 ? fitting : Evenly.of(fitting, examples.pool);
    }
}
