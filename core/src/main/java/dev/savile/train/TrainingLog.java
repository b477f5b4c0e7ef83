package dev.savile.train;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.objective.Fit;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/// Write what happens in training to a folder: `events.jsonl`, one object a line, and event files for TensorBoard.
///
/// A run that goes on after an interruption appends to the first and begins another of the second, which
/// TensorBoard shows as one curve.
public final class TrainingLog implements TrainingListener, AutoCloseable {
    private final BufferedWriter lines;
    private final TensorBoardFile events;
    private final Clock clock;

    /// @throws dev.savile.common.UserError when the folder cannot be written
    public TrainingLog(Path folder, Clock clock) {
        this.clock = clock;
        try {
            Files.createDirectories(folder);
            lines = Files.newBufferedWriter(
                    folder.resolve("events.jsonl"),
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            events = new TensorBoardFile(folder, clock);
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(folder, e);
        }
    }

    @Override
    public void step(StepEvent event) {
        Map<String, Double> scalars = new LinkedHashMap<>();
        scalars.put("train/loss", event.loss());
        scalars.put("train/learning-rate", event.learningRate());
        scalars.put("train/gradient-norm", event.gradientNorm());
        scalars.put("speed/tokens-per-second", event.tokensPerSecond());
        scalars.put("memory/resident-bytes", (double) event.residentBytes());
        Map<String, Object> further = new LinkedHashMap<>();
        further.put("steps", event.totalSteps());
        further.put("epoch", event.epoch());
        further.put("targets", event.targets());
        further.put("seconds-left", event.secondsLeft());
        write("step", event.step(), scalars, further);
    }

    @Override
    public void validated(long step, Fit fit, boolean best) {
        Map<String, Double> scalars = new LinkedHashMap<>();
        scalars.put("validation/loss", fit.loss());
        scalars.put("validation/token-accuracy", fit.tokenAccuracy());
        scalars.put("validation/reply-match", fit.replyMatch());
        write("validation", step, scalars, Map.of("best", best));
    }

    private void write(String kind, long step, Map<String, Double> scalars, Map<String, ?> further) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", clock.instant().toString());
        line.put("event", kind);
        line.put("step", step);
        scalars.forEach((name, value) -> line.put(name.substring(name.indexOf('/') + 1), value));
        line.putAll(further);
        try {
            lines.write(Json.line(line));
            lines.newLine();
            lines.flush();
            events.add(step, scalars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
            events.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
