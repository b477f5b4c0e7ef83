package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.objective.Fit;
import dev.savile.runs.Run;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Hand what happens in training to the store of runs and, if asked to, to files.
final class TuneListeners implements TrainingListener, AutoCloseable {
    private final Run run;
    private final Progress progress;
    private final Optional<TrainingLog> files;

    /// @param log folder of `--log`
    TuneListeners(Run run, Optional<Path> log, Clock clock, Progress progress) {
        this.run = run;
        this.progress = progress;
        files = log.map(folder -> new TrainingLog(folder, clock));
    }

    @Override
    public void step(StepEvent event) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("step", event.step());
        values.put("steps", event.totalSteps());
        values.put("seconds-left", event.secondsLeft());
        values.put("loss", event.loss());
        values.put("learning-rate", event.learningRate());
        values.put("gradient-norm", event.gradientNorm());
        values.put("tokens", event.tokens());
        values.put("seconds", event.seconds());
        values.put("tokens-per-second", event.tokensPerSecond());
        values.put("resident-bytes", event.residentBytes());
        run.event("step", values);
        files.ifPresent(log -> log.step(event));
    }

    @Override
    public void validated(long step, Fit fit, boolean best) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("step", step);
        values.put("loss", fit.loss());
        values.put("token-accuracy", fit.tokenAccuracy());
        values.put("reply-match", fit.replyMatch());
        values.put("best", best);
        run.event("validation", values);
        progress.say(String.format(
                Locale.ROOT,
                "validated after step %d: loss %.4f, %.1f %% of the tokens and %.1f %% of the replies as wanted%s",
                step,
                fit.loss(),
                100 * fit.tokenAccuracy(),
                100 * fit.replyMatch(),
                best ? "; the best so far" : ""));
        files.ifPresent(log -> log.validated(step, fit, best));
    }

    @Override
    public void close() {
        files.ifPresent(TrainingLog::close);
    }
}
