package dev.savile.cli;

import dev.savile.common.Digest;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.data.RecordReader;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.SystemKey;
import dev.savile.evaluate.judge.AnswerPair;
import dev.savile.evaluate.judge.Endpoint;
import dev.savile.evaluate.judge.EndpointJudge;
import dev.savile.evaluate.judge.Judge;
import dev.savile.evaluate.judge.JudgedComparison;
import dev.savile.evaluate.judge.LocalJudge;
import dev.savile.evaluate.judge.ModelIdentity;
import dev.savile.evaluate.judge.PairwiseJudge;
import dev.savile.evaluate.judge.Preference;
import dev.savile.evaluate.judge.Rubric;
import dev.savile.evaluate.report.Judged;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.files.hub.ModelLocator;
import dev.savile.generate.DrawKey;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.Sampling;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.text.Conversation;
import dev.savile.text.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Let a model judge the answers of two systems.
final class EvalJudge {
    private static final int MAX_TOKENS = 512;
    private static final double TEMPERATURE = 0.7;

    private final Console console;
    private final JudgeOptions options;
    private final long seed;
    private final boolean kept;

    /// @param kept whether verdicts are taken from an earlier run, and kept for a later one
    EvalJudge(Console console, JudgeOptions options, long seed, boolean kept) {
        this.console = console;
        this.options = options;
        this.seed = seed;
        this.kept = kept;
    }

    /// What a judge said, and how much of it in an earlier run.
    record Verdicts(Judged judged, long cached) {
        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>(judged.fields());
            fields.put("cached", cached);
            return fields;
        }
    }

    /// Judge and print; on the engine's thread.
    ///
    /// @param first  who gave the own answers
    /// @param second who gave the others
    /// @return nothing when a stop was requested before the end
    Optional<Verdicts> run(
            TaskResult own, TaskResult other, ModelIdentity first, ModelIdentity second, Session session) {
        String given = Objects.requireNonNull(options.judge);
        if (!given.matches("https?://.*")) {
            var files = new ModelLocator(console.env(), console.progress()).locate(given);
            try (BaseModel model = BaseModel.load(
                    files, session.compute().precision(), session.compute().device())) {
                return run(local(model), own, other, first, second);
            }
        }
        String model = Optional.ofNullable(options.model)
                .orElseThrow(() -> new UserError(
                        "judge.model",
                        "the judge's address is given without a model",
                        "an address can serve several",
                        "name it with --judge-model"));
        return run(
                new EndpointJudge(Endpoint.of(given, model, options.keyVariable), console.env()),
                own,
                other,
                first,
                second);
    }

    private Judge local(BaseModel model) {
        var generator = new TextGenerator(model.model(), Tuning.NONE, model.encoder());
        GenerationOptions writing = GenerationOptions.greedy(MAX_TOKENS).with(Sampling.at(TEMPERATURE, seed));
        return new LocalJudge(
                new ModelIdentity(model.name(), model.digest(), ""),
                List.of(SystemKey.of(model, ""), writing.sampling(), MAX_TOKENS),
                (prompt, draw) -> EngineThread.call(() -> {
                    var key = new DrawKey("judge", Digest.ofText(prompt), draw);
                    TextGeneration answer = generator.generate(
                            generator.request(Conversation.of(Message.user(prompt)), writing, key),
                            _ -> {},
                            console.stop());
                    return answer.generation().finish() == Finish.STOPPED
                            ? Optional.empty()
                            : Optional.of(answer.text());
                }));
    }

    /// What a judge reads of an answer: all that was written, or of several the one that was voted for.
    private static String judged(ItemResult item) {
        return item.samples() > 1 && item.unparsed().isEmpty() ? item.answer() : item.output();
    }

    private Optional<Verdicts> run(
            Judge judge, TaskResult own, TaskResult other, ModelIdentity first, ModelIdentity second) {
        List<AnswerPair> pairs = new ArrayList<>();
        for (int i = 0; i < own.items().size(); i++) {
            ItemResult one = own.items().get(i);
            ItemResult two = other.items().get(i);
            if (one.failed().isEmpty() && two.failed().isEmpty())
                pairs.add(
                        new AnswerPair(Integer.toString(one.id()), one.input(), judged(one), judged(two), one.group()));
        }
        Rubric rubric = Optional.ofNullable(options.criterion)
                .map(text -> new Rubric("own-" + Digest.ofText(text).substring(0, 8), text))
                .orElseGet(Rubric::helpful);
        Optional<Map<String, Preference>> people =
                Optional.ofNullable(options.human).map(EvalJudge::preferences);
        try (AnswerCache cache = cache(judge);
                Progress.Task task = console.progress().start("judging", pairs.size(), "pairs")) {
            Optional<JudgedComparison> judged = new PairwiseJudge(judge, rubric, options.draws, cache)
                    .compare(pairs, first, second, task, console.stop());
            if (judged.isEmpty())
                console.print("stopped before all pairs were judged; nothing is reported of a part"
                        + (kept ? ", the same command goes on from there" : ""));
            return judged.map(found -> {
                var said = new Judged(found, people.map(found::agreement), own.system(), other.system());
                print(said, cache.hits());
                return new Verdicts(said, cache.hits());
            });
        }
    }

    private AnswerCache cache(Judge judge) {
        return kept ? AnswerCache.open(TaskInputs.answers(console), judge.settings()) : AnswerCache.none();
    }

    /// @param cached verdicts from an earlier run
    private void print(Judged judged, long cached) {
        console.print("");
        console.print(judged.sentence() + (cached > 0 ? "; " + cached + " verdicts from an earlier run" : ""));
        judged.facts().forEach((name, value) -> console.print(String.format(Locale.ROOT, "  %-34s %s", name, value)));
        judged.warnings().forEach(console.progress()::warn);
    }

    private static Map<String, Preference> preferences(Path file) {
        Map<String, Preference> preferences = new LinkedHashMap<>();
        RecordReader.read(file, RecordReader.Place.usual(), entry -> {
            String id = entry.value().path("id").asString("");
            String said = entry.value().path("preference").asString("");
            for (Preference preference : Preference.values())
                if (preference.name().equalsIgnoreCase(said.strip())) preferences.put(id, preference);
            if (!preferences.containsKey(id))
                throw new UserError(
                        "judge.human",
                        file + ", line " + entry.line() + ": the preference is '" + said + "'",
                        "it is compared with the judge's verdict on the item",
                        "write id and preference, one of first, second and tie");
        });
        return preferences;
    }
}
