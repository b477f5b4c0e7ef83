package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.nio.file.Path;
import java.util.List;

/// Few-shot evaluation with worked examples that all questions share, beside a plain loop of transformers over the
/// same prompts.
final class FewShotScoring implements Bench {
    private static final int SHOTS = 4;
    private static final int ROWS = 224;
    /// The default of `eval`.
    private static final int POOL = 1_000;
    private static final int PEER_ROWS = 12;
    private static final double BAR = 5;
    private static final int CONTEXT = 8192;

    @Override
    public String name() {
        return "few-shot-scoring";
    }

    @Override
    public String about() {
        return "SNIPS with 4 worked examples in the prompt: rows a second beside a plain loop of transformers";
    }

    @Override
    public List<Row> run() {
        Path root = Processes.shared().resolve("data");
        TaskData data = TaskData.read(TaskCatalog.find("snips"), root, 0);
        PromptBundle bundle = TaskPrompt.zeroShot()
                .with(TaskPrompt.Examples.of(DemoStrategy.RANDOM, SHOTS, 0).from(POOL))
                .of(data);
        List<String> own = Processes.savile(
                "eval",
                "--task",
                "snips",
                "--data-dir",
                root.toString(),
                "--shots",
                "" + SHOTS,
                "--demos",
                "random",
                "--limit",
                "" + ROWS,
                "--no-cache",
                "--precision",
                "fp32",
                "--json",
                "--quiet");
        String what = "snips, 7 labels, " + SHOTS + " examples";
        return List.of(ScoringPeer.beside(what, own, prompts(data, bundle), data.labels(), PEER_ROWS, BAR));
    }

    /// The same prompts that `eval` renders.
    private static String prompts(TaskData data, PromptBundle bundle) {
        Path model = new ModelLocator(Env.ofProcess(), Progress.none())
                .locateDefault()
                .folder();
        var renderer = new PromptRenderer(bundle, BaseModel.encoder(model), CONTEXT, PromptRenderer.OverLength.REFUSE);
        var selector = new DemoSelector(bundle);
        var lines = new StringBuilder();
        for (TaskItem item : Evenly.of(data.test(), PEER_ROWS)) {
            List<Demo> demos = selector.select(bundle.inputText(item.fields()));
            String text = renderer.text(renderer.prompt(item.fields(), demos));
            lines.append(ScoringPeer.line(text, item.answer()));
        }
        return lines.toString();
    }
}
