package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.TextAnswers;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.answers.AnswerPipeline;
import dev.savile.evaluate.answers.Extractor;
import dev.savile.evaluate.answers.Vote;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Normalisation;
import dev.savile.evaluate.metrics.text.PassAtK;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.task.TaskRun.Asked;
import dev.savile.evaluate.task.TaskRun.Scored;
import dev.savile.evaluate.task.TaskRun.Setting;
import dev.savile.generate.DrawKey;
import dev.savile.generate.EndTokens;
import dev.savile.generate.Finish;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.TextGeneration;
import dev.savile.generate.TextGenerator;
import dev.savile.generate.constrain.Automaton;
import dev.savile.technique.prompt.AnswerForm;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Let the model write its answers, read them, and let several of one question vote.
///
/// Questions that several answers are drawn for are drawn round by round: a question whose vote is settled leaves.
final class WrittenAnswers {
    private static final int ROWS_AT_ONCE = 16;
    /// Answers that are kept together: a run that is cut off loses at most these.
    private static final int CHUNK = 64;
    private static final String WHOLE = "whole";

    private final Setting setting;
    private final PromptBundle bundle;
    private final TextGenerator generator;
    private final EndTokens ends;
    private final GenerationOptions options;
    private @Nullable GenerationOptions held;

    WrittenAnswers(Setting setting) {
        this(setting, options(setting.system().bundle(), setting.seed()));
    }

    /// @param options in place of those of the prompt
    WrittenAnswers(Setting setting, GenerationOptions options) {
        this.setting = setting;
        this.bundle = setting.system().bundle();
        var base = setting.system().base();
        ends = TextGenerator.endTokens(base.encoder());
        generator = new TextGenerator(base.model(), setting.system().tuning(), base.encoder(), ends);
        this.options = options;
    }

    /// What was written to one question.
    ///
    /// @param ids    tokens, without the end
    /// @param tokens written, the end included
    /// @param cut    whether it ended because it was too long
    private record Written(String text, int[] ids, int tokens, boolean cut) {}

    /// The answers to one question.
    private record Drawn(List<Written> samples) {
        int tokens() {
            return samples.stream().mapToInt(Written::tokens).sum();
        }
    }

    Optional<Scored> score(List<Asked> asked, String split) {
        List<AnswerPipeline> pipelines = pipelines();
        List<Asked> open =
                asked.stream().filter(one -> one.prompt().isPresent()).toList();
        Optional<List<Drawn>> drawn = draw(open, pipelines);
        return drawn.map(all -> scored(asked, all, pipelines, split));
    }

    /// The k of each `pass@k` that so many answers can tell.
    private List<Integer> passesAt() {
        return setting.data().spec().metrics().stream()
                .flatMap(metric -> TaskMetric.passAt(metric).stream().boxed())
                .filter(k -> k <= bundle.reasoning().samples())
                .toList();
    }

    /// Answer one question, with all that was written and how it was read.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<MessageAnswers.Answer> answer(Asked asked) {
        AnswerPipeline primary = pipelines().getFirst();
        return draw(List.of(asked), List.of(primary)).map(drawn -> {
            Drawn all = drawn.getFirst();
            Map<String, Integer> votes = new LinkedHashMap<>();
            for (Written one : all.samples)
                if (primary.read(one.text) instanceof Prediction.Parsed(String value))
                    votes.merge(value, 1, Integer::sum);
            Prediction reading = vote(primary, all);
            return new MessageAnswers.Answer(
                    text(reading),
                    reading instanceof Prediction.Unparsed(String reason) ? reason : "",
                    Map.of(),
                    all.samples.stream().map(Written::text).toList(),
                    votes,
                    asked.prompt().orElseThrow().ids().length,
                    asked.prompt().orElseThrow().demosKept(),
                    all.tokens(),
                    all.samples.stream().anyMatch(Written::cut));
        });
    }

    /// A way to an answer, and the words that conclude.
    ///
    /// @param ids its tokens
    /// @param cut whether it ended because it was too long, before it came to a conclusion
    record Way(String text, int[] ids, boolean cut) {
        static final Way NONE = new Way("", new int[0], false);
    }

    /// Write a way to each answer.
    ///
    /// @param sample number of the draw, from 0; where nothing is drawn by chance all are the same
    /// @return nothing when a stop was requested before the end
    Optional<List<Way>> ways(List<Asked> open, int sample) {
        String conclusion = bundle.reasoning().conclusion().strip();
        var tokenizer = setting.system().base().encoder().tokenizer();
        return written(open, sample).map(all -> {
            List<Way> ways = new ArrayList<>();
            for (Written one : all) {
                int at = conclusion.isEmpty() ? -1 : one.text.indexOf(conclusion);
                String text = (at < 0 ? one.text.stripTrailing() + "\n" : one.text.substring(0, at)) + conclusion;
                ways.add(new Way(text, tokenizer.encodeBehind(text), one.cut && at < 0));
            }
            return ways;
        });
    }

    /// How answers are read: as the prompt says, else as goes with the kind of task.
    private List<AnswerPipeline> pipelines() {
        if (!bundle.answers().isEmpty()) return AnswerPipeline.all(bundle.answers());
        boolean number = setting.data().spec().kind() == TaskKind.NUMBER;
        String form = (number ? Normalisation.NUMBER : Normalisation.TRIM).label();
        List<Object> last = number ? List.of("last_number") : List.of();
        if (!bundle.reasoning().reasons())
            return number ? AnswerPipeline.all(Map.of("last_number", pipeline(last, form))) : List.of(whole());
        List<Object> concluded = new ArrayList<>();
        concluded.add(Map.of("after_prefix", bundle.reasoning().conclusion().strip()));
        concluded.addAll(number ? last : List.of("first_line"));
        Map<String, Object> both = new LinkedHashMap<>();
        if (number) both.put("flexible", pipeline(last, form));
        both.put("strict", pipeline(concluded, form));
        return AnswerPipeline.all(both);
    }

    private static AnswerPipeline whole() {
        return new AnswerPipeline(WHOLE, Extractor.of(List.of()), Normalisation.TRIM);
    }

    private static Map<String, Object> pipeline(List<Object> steps, String form) {
        return Map.of("extract", steps, "normalise", form);
    }

    /// Draw answers until each question's vote is settled, by every way of reading them: a score that is reported is
    /// that of all samples. Where it is counted how many of them are right, all are drawn.
    private Optional<List<Drawn>> draw(List<Asked> open, List<AnswerPipeline> pipelines) {
        int samples = bundle.reasoning().samples();
        boolean counted = !passesAt().isEmpty();
        List<List<Written>> all = new ArrayList<>();
        List<List<Vote>> votes = new ArrayList<>();
        for (int i = 0; i < open.size(); i++) {
            all.add(new ArrayList<>());
            votes.add(pipelines.stream().map(_ -> new Vote(samples)).toList());
        }
        for (int sample = 0; sample < samples; sample++) {
            List<Integer> unsettled = new ArrayList<>();
            for (int i = 0; i < open.size(); i++)
                if (counted || !votes.get(i).stream().allMatch(Vote::settled)) unsettled.add(i);
            Optional<List<Written>> round =
                    written(unsettled.stream().map(open::get).toList(), sample);
            if (round.isEmpty()) return Optional.empty();
            for (int k = 0; k < unsettled.size(); k++) {
                Written one = round.get().get(k);
                all.get(unsettled.get(k)).add(one);
                for (int p = 0; p < pipelines.size(); p++)
                    votes.get(unsettled.get(k)).get(p).add(pipelines.get(p).read(one.text));
            }
        }
        return Optional.of(all.stream().map(Drawn::new).toList());
    }

    /// Write one answer to each question, or take it from the cache.
    private Optional<List<Written>> written(List<Asked> open, int sample) {
        @Nullable Written[] written = new Written[open.size()];
        List<Integer> missing = new ArrayList<>();
        Progress.Task again = Progress.none().start("", 0, ""); // an item counts once, however many answers it gets
        for (int i = 0; i < open.size(); i++) {
            Optional<JsonNode> known = setting.cache().find(key(open.get(i), options, sample));
            if (known.isEmpty()) missing.add(i);
            else {
                written[i] = read(known.get());
                if (sample == 0) setting.task().advance(1);
            }
        }
        for (int from = 0; from < missing.size(); from += CHUNK) {
            List<Integer> chunk = missing.subList(from, Math.min(missing.size(), from + CHUNK));
            List<GenerationRequest> requests = chunk.stream()
                    .map(i -> request(open.get(i), held(), sample))
                    .toList();
            Progress.Task task = sample == 0 ? setting.task() : again;
            List<TextGeneration> answers = generator.generateAll(requests, ROWS_AT_ONCE, task, setting.stop());
            for (int k = 0; k < chunk.size(); k++) {
                TextGeneration answer = answers.get(k);
                if (answer.generation().finish() == Finish.STOPPED) continue;
                var one = new Written(
                        answer.text(),
                        answer.generation().answerIds(),
                        answer.generation().ids().length,
                        answer.generation().finish() == Finish.LENGTH);
                written[chunk.get(k)] = one;
                setting.cache().put(key(open.get(chunk.get(k)), options, sample), one);
            }
            setting.cache().save();
            if (setting.stop().requested()) return Optional.empty();
        }
        return Optional.of(Arrays.stream(written).map(Objects::requireNonNull).toList());
    }

    private static GenerationOptions options(PromptBundle bundle, long seed) {
        boolean draws = bundle.reasoning().temperature() > 0; // what is not drawn depends on no seed
        return GenerationOptions.greedy(bundle.decoding().maxTokens())
                .with(Drawing.sampling(bundle, draws ? seed : 0))
                .withStop(bundle.decoding().stop().toArray(String[]::new));
    }

    /// The options, with the form that the prompt holds answers to; it is built when the first answer is written.
    private GenerationOptions held() {
        AnswerForm form = bundle.decoding().form();
        GenerationOptions known = held;
        if (known == null) {
            known = form == null ? options : options.with(generator.constraint(Automaton.of(form)));
            held = known;
        }
        return known;
    }

    private GenerationRequest request(Asked asked, GenerationOptions options, int sample) {
        var key = new DrawKey("", Integer.toString(asked.item().id()), sample);
        return new GenerationRequest(asked.prompt().orElseThrow().ids(), options, ends, key);
    }

    private String key(Asked asked, GenerationOptions options, int sample) {
        List<Object> how = new ArrayList<>(List.of(
                options.maxTokens(),
                options.sampling(),
                options.stop(),
                asked.item().id(),
                sample));
        if (bundle.decoding().form() != null) how.add(bundle.decoding().form());
        return AnswerCache.key(asked.prompt().orElseThrow().ids(), how);
    }

    private static Written read(JsonNode known) {
        JsonNode ids = known.path("ids");
        int[] tokens = new int[ids.size()];
        for (int i = 0; i < tokens.length; i++) tokens[i] = ids.get(i).intValue();
        return new Written(
                known.path("text").asString(""),
                tokens,
                known.path("tokens").intValue(),
                known.path("cut").booleanValue());
    }

    private Scored scored(List<Asked> asked, List<Drawn> drawn, List<AnswerPipeline> pipelines, String split) {
        List<TextMetric> metrics = setting.data().spec().textMetrics();
        List<List<Prediction>> readings = new ArrayList<>();
        for (AnswerPipeline pipeline : pipelines)
            readings.add(drawn.stream().map(one -> vote(pipeline, one)).toList());
        List<ItemResult> items = new ArrayList<>();
        int next = 0;
        for (Asked one : asked) {
            if (one.prompt().isEmpty()) {
                items.add(one.unanswered());
                continue;
            }
            items.add(result(one, drawn.get(next), readings.getFirst().get(next), metrics.getFirst()));
            next++;
        }
        List<Score> scores = new ArrayList<>();
        Optional<BootstrapDraws.Statistic> ofAll = Optional.empty();
        for (int p = 0; p < pipelines.size(); p++) {
            List<TextAnswers.Item> answers = new ArrayList<>();
            next = 0;
            for (Asked one : asked)
                answers.add(
                        one.prompt().isEmpty()
                                ? unread(one.item())
                                : answer(one.item(), readings.get(p).get(next++)));
            String name = pipelines.get(p).name();
            for (Score score : new TextAnswers(answers).scores(metrics, TaskRun.clusters(asked), split, setting.seed()))
                scores.add(name.equals(WHOLE) ? score : score.withNormalisation(score.normalisation() + "," + name));
            for (int k : passesAt()) scores.add(passAt(k, asked, drawn, pipelines.get(p), metrics.getFirst(), split));
            if (p == 0) ofAll = metrics.getFirst().ofAll(answers);
        }
        return new Scored(items, scores, ofAll);
    }

    /// How likely one of k answers is right by the primary metric, from those that were drawn.
    private Score passAt(
            int k, List<Asked> asked, List<Drawn> drawn, AnswerPipeline pipeline, TextMetric metric, String split) {
        double[] chances = new double[asked.size()];
        int next = 0;
        for (int i = 0; i < chances.length; i++) {
            Asked one = asked.get(i);
            if (one.prompt().isEmpty()) continue; // could not be asked: wrong
            List<Written> samples = drawn.get(next++).samples;
            int right = (int) samples.stream()
                    .filter(sample -> pipeline.read(sample.text) instanceof Prediction.Parsed(String value)
                            && metric.credit(answer(one.item(), value)) >= 1)
                    .count();
            chances[i] = PassAtK.of(samples.size(), right, k);
        }
        double value = ClusteredMean.mean(chances);
        Interval interval = ClusteredMean.ofShare(chances, TaskRun.clusters(asked), Score.LEVEL);
        String form = pipeline.name().equals(WHOLE) ? metric.words() : metric.words() + "," + pipeline.name();
        return new Score("pass@" + k, form, split, chances.length, value, interval.including(value));
    }

    private static Prediction vote(AnswerPipeline pipeline, Drawn drawn) {
        List<Prediction> read =
                drawn.samples.stream().map(sample -> pipeline.read(sample.text)).toList();
        return read.size() == 1 ? read.getFirst() : Vote.of(read);
    }

    private static String text(Prediction prediction) {
        return switch (prediction) {
            case Prediction.Parsed(String value) -> value;
            case Prediction.Unparsed _ -> "";
        };
    }

    private static TextAnswers.Item answer(TaskItem item, Prediction prediction) {
        return prediction instanceof Prediction.Parsed(String value) ? answer(item, value) : unread(item);
    }

    private static TextAnswers.Item answer(TaskItem item, String text) {
        return new TextAnswers.Item(text, item.references(), item.slots());
    }

    private static TextAnswers.Item unread(TaskItem item) {
        return TextAnswers.Item.unread(item.references(), item.slots());
    }

    private ItemResult result(Asked asked, Drawn drawn, Prediction reading, TextMetric primary) {
        TaskItem item = asked.item();
        var prompt = asked.prompt().orElseThrow();
        String unparsed = reading instanceof Prediction.Unparsed(String reason) ? reason : "";
        String answer = text(reading);
        return new ItemResult(
                item.id(),
                item.input(),
                item.references(),
                setting.renderer().text(prompt),
                drawn.samples.getFirst().text,
                answer,
                unparsed,
                unparsed.isEmpty() ? primary.credit(answer(item, answer)) : 0,
                0,
                prompt.ids().length,
                drawn.tokens(),
                drawn.samples.size(),
                drawn.samples.stream().anyMatch(Written::cut),
                prompt.demosRequested(),
                prompt.demosKept(),
                prompt.cutTokens(),
                item.group(),
                "");
    }
}
