package dev.savile.select.optimize;

import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.EntropyProbe;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A prompt whose examples stand in the order that [EntropyProbe] found on messages of TRAIN, labels unseen.
///
/// @param system whose examples are listed in that order; without a prior, which was another prompt's
/// @param order  places that the examples had before
public record ProbedOrder(TaskSystem system, List<Integer> order) {
    /// Messages that each order is tried on.
    private static final int MESSAGES = 32;

    public ProbedOrder {
        order = List.copyOf(order);
    }

    /// Find the order. Call it on the engine's thread.
    ///
    /// @return nothing when a stop was requested before the end
    /// @throws UserError `prompt.probe` where examples differ from message to message, or answers are no labels
    public static Optional<ProbedOrder> of(
            TaskData data,
            TaskSystem system,
            AnswerCache cache,
            EntropyProbe.Criterion criterion,
            long seed,
            Progress progress,
            StopSignal stop) {
        PromptBundle bundle = system.bundle();
        if (data.spec().kind() != TaskKind.LABEL)
            throw refused(
                    "the answers to " + data.spec().name() + " are no labels",
                    "what is spread evenly are the probabilities of labels");
        if (bundle.demos().count() == 0
                || !DemoStrategy.of(bundle.demos().strategy()).fixed())
            throw refused(
                    "examples chosen by " + bundle.demos().strategy() + " are not the same for every question",
                    "their order is found once, on other messages");
        List<Demo> chosen = new DemoSelector(bundle, system.embedder()).select("");
        List<TaskItem> others = data.train().stream()
                .filter(item -> !chosen.contains(item.demo()))
                .toList();
        if (others.isEmpty())
            throw refused("every row to learn from is an example", "there is no message left to try orders on");
        List<TaskItem> messages = Evenly.of(others, MESSAGES);
        try (Progress.Task task = progress.start("ordering examples", EntropyProbe.tried(chosen.size()), "orders")) {
            return EntropyProbe.best(chosen.size(), seed, criterion, order -> {
                        TaskSystem asked = system.with("an order of examples", listed(bundle, chosen, order));
                        var shares = new TaskRun(data, asked, cache, seed, progress, stop).labelShares(messages);
                        if (shares.filter(List::isEmpty).isPresent())
                            throw refused("no message fits beside the examples", "there is nothing to try orders on");
                        task.advance(1);
                        return shares;
                    })
                    .map(found -> new ProbedOrder(
                            system.with(system.name(), listed(bundle, chosen, found.order())), found.order()));
        }
    }

    /// The examples in an order, the other rows behind them: one stands in where an example is the question itself.
    private static PromptBundle listed(PromptBundle bundle, List<Demo> chosen, List<Integer> order) {
        List<Demo> pool = new ArrayList<>(order.stream().map(chosen::get).toList());
        Set<Demo> first = Set.copyOf(chosen);
        bundle.demos().pool().stream().filter(demo -> !first.contains(demo)).forEach(pool::add);
        var demos = bundle.demos();
        return bundle.change()
                .demos(new PromptBundle.Demos(
                        DemoStrategy.FIXED.id(),
                        demos.count(),
                        demos.seed(),
                        demos.maxTokens(),
                        pool,
                        DemoOrder.AS_SELECTED,
                        demos.layout(),
                        demos.delimiter(),
                        ""))
                .prior(null)
                .done();
    }

    private static UserError refused(String what, String why) {
        return new UserError(
                "prompt.probe",
                "no order of examples can be probed for: " + what,
                why,
                "use --demo-order interleave, or --demos random with a task of labels");
    }
}
