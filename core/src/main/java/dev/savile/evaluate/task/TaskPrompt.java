package dev.savile.evaluate.task;

import dev.savile.common.Evenly;
import dev.savile.common.UserError;
import dev.savile.technique.prompt.AnswerForm;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What is changed of a prompt: of the one that a task is usually asked with, or of a customization's own. What is not
/// given stays as it is there; no examples and no reasoning can be asked for, too.
///
/// @param examples    worked examples
/// @param reasoning   whether the way to the answer comes first
/// @param samples     answers drawn, the commonest of which counts; 1 for the likeliest alone
/// @param system      another system text
/// @param instruction another instruction
/// @param prefix      other words that announce the answer
/// @param maxTokens   longest answer; 0 for the prompt's own, or 128 where reasoning is asked for
/// @param form        what a written answer is held to
/// @param drawing     how the tokens of a written answer are chosen
public record TaskPrompt(
        Optional<Examples> examples,
        Optional<Reasoning.Mode> reasoning,
        OptionalInt samples,
        Optional<String> system,
        Optional<String> instruction,
        Optional<String> prefix,
        int maxTokens,
        Optional<AnswerForm> form,
        Drawing drawing) {
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

        /// Whether no example is shown.
        public boolean none() {
            return shots == 0 || strategy == DemoStrategy.NONE;
        }

        /// Return them as a part of a prompt.
        ///
        /// @param from examples to choose from
        public PromptBundle.Demos demos(List<Demo> from) {
            return new PromptBundle.Demos(strategy.id(), shots, seed, maxTokens, from, order, layout, null, encoder);
        }
    }

    /// Ask with a prompt as it is.
    public static TaskPrompt unchanged() {
        return new TaskPrompt(
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Drawing.unchanged());
    }

    /// Ask without examples.
    public static TaskPrompt zeroShot() {
        return unchanged().with(Examples.of(DemoStrategy.NONE, 0, 0));
    }

    /// Ask with worked examples.
    public static TaskPrompt fewShot(DemoStrategy strategy, int shots, long seed) {
        return unchanged().with(Examples.of(strategy, shots, seed));
    }

    public TaskPrompt with(Examples chosen) {
        return new TaskPrompt(
                Optional.of(chosen), reasoning, samples, system, instruction, prefix, maxTokens, form, drawing);
    }

    public TaskPrompt with(Reasoning.Mode way, int draws) {
        return new TaskPrompt(
                examples,
                Optional.of(way),
                OptionalInt.of(draws),
                system,
                instruction,
                prefix,
                maxTokens,
                form,
                drawing);
    }

    /// Draw so many answers, by whatever way the prompt has.
    public TaskPrompt voting(int draws) {
        return new TaskPrompt(
                examples, reasoning, OptionalInt.of(draws), system, instruction, prefix, maxTokens, form, drawing);
    }

    public TaskPrompt withInstruction(String text) {
        return new TaskPrompt(
                examples, reasoning, samples, system, Optional.of(text), prefix, maxTokens, form, drawing);
    }

    public TaskPrompt withMaxTokens(int tokens) {
        return new TaskPrompt(examples, reasoning, samples, system, instruction, prefix, tokens, form, drawing);
    }

    public TaskPrompt with(Drawing how) {
        return new TaskPrompt(examples, reasoning, samples, system, instruction, prefix, maxTokens, form, how);
    }

    /// Return the prompt of a task with these changes.
    ///
    /// @throws UserError `task.no-train` where examples are asked for and there are no rows to take them from;
    ///         `task.no-way` where they are to show the way to the answer and no row has one, or none is shown;
    ///         `task.samples` where several answers are drawn and nothing is written; `task.form` where answers
    ///         that nobody writes are to be held to a form; `task.drawing` where they are to be drawn in some way
    public PromptBundle of(TaskData data) {
        PromptBundle usual = data.spec().prompt();
        return over(usual.change().labels(data.labels(), usual.listLabels()).done(), data);
    }

    /// Return a customization's own prompt with these changes. What its labels get without a message was measured
    /// under that prompt alone: any change leaves it out.
    ///
    /// @throws UserError those of [#of]
    public PromptBundle over(PromptBundle own, TaskData data) {
        Reasoning way = drawing.over(way(own, data));
        boolean likeliest = way.temperature() == 0; // which has no draws that could be limited
        if (likeliest) way = way.drawnAt(0, 1);
        PromptBundle.Draft draft = own.change().reasoning(way);
        system.ifPresent(draft::system);
        instruction.ifPresentOrElse(draft::instruction, () -> draft.instruction(usualInstruction(own, data)));
        prefix.ifPresent(draft::outputPrefix);
        Reasoning.Mode mode = way.mode();
        examples.ifPresent(
                shown -> draft.demos(shown.none() ? PromptBundle.Demos.none() : shown.demos(pool(shown, mode, data))));
        PromptBundle.Decoding usual = usualDecoding(own, data);
        form.ifPresent(_ -> TaskSpec.requireWritten(
                data.spec().kind(), "the task " + data.spec().name()));
        PromptBundle.Decoding chosen = drawing.over(usual);
        draft.decoding((likeliest ? chosen.choosing(null, chosen.repetitionPenalty()) : chosen)
                .limitedTo(maxTokens > 0 ? maxTokens : usual.maxTokens())
                .heldTo(form.orElse(usual.form())));
        PromptBundle changed = draft.done();
        drawing.require(changed, way.reasons() || data.spec().kind().written());
        if (way.mode() == Reasoning.Mode.FEW_SHOT && changed.demos().count() == 0)
            throw new UserError(
                    "task.no-way",
                    "the way to the answer is to be shown by worked examples, and there are none",
                    "nothing else in the prompt asks for it",
                    "add --shots 4, or use --reasoning zero-shot or --reasoning none");
        return changed.equals(own) ? own : changed.change().prior(null).done();
    }

    /// The reasoning asked for, else the prompt's own, with as many answers as are asked for, else as it draws.
    private Reasoning way(PromptBundle own, TaskData data) {
        Reasoning way = reasoning
                .map(mode -> Reasoning.of(mode).drawnLike(own.reasoning()))
                .orElse(own.reasoning());
        boolean writes = way.reasons() || data.spec().kind().written();
        int draws = samples.orElse(
                reasoning.isPresent() && !writes ? 1 : own.reasoning().samples());
        if (draws > 1 && !writes)
            throw new UserError(
                    "task.samples",
                    draws + " answers are to be drawn, and the task "
                            + data.spec().name() + " writes none",
                    "labels and choices are compared by their probabilities, which are the same at every draw",
                    "add --reasoning zero-shot, whose ways differ, or use --samples 1");
        return reasoning.isEmpty() && samples.isEmpty() ? way : way.voting(draws);
    }

    /// An instruction that forbids all but the answer would forbid the way to it; without the way it may stand again.
    private String usualInstruction(PromptBundle own, TaskData data) {
        if (reasoning.isEmpty()) return own.instruction();
        if (reasoning.get() != Reasoning.Mode.NONE) return withoutNothingElse(own.instruction());
        String usual = data.spec().prompt().instruction();
        boolean shortened = own.reasoning().reasons() && own.instruction().equals(withoutNothingElse(usual));
        return shortened ? usual : own.instruction();
    }

    private static String withoutNothingElse(String instruction) {
        return instruction.replaceFirst(" and nothing else\\.?$", ".");
    }

    /// A way needs room, and may hold what would end an answer.
    private PromptBundle.Decoding usualDecoding(PromptBundle own, TaskData data) {
        if (reasoning.isEmpty()) return own.decoding();
        if (reasoning.get() != Reasoning.Mode.NONE)
            return own.decoding().limitedTo(REASONING_TOKENS).endedBy(List.of());
        return own.reasoning().reasons() ? data.spec().prompt().decoding() : own.decoding();
    }

    private static List<Demo> pool(Examples examples, Reasoning.Mode way, TaskData data) {
        if (data.train().isEmpty())
            throw new UserError(
                    "task.no-train",
                    "the task " + data.spec().name() + " has no rows to take worked examples from",
                    data.spec().evaluateOnly()
                            ? "its rows are for evaluation only, and a scored row must not become an example"
                            : "a scored row must not become an example",
                    "leave --shots away, or name rows with 'train' in the task's file");
        boolean ways = way == Reasoning.Mode.FEW_SHOT;
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
