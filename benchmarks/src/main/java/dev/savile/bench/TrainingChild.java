package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.WeightStorage;
import dev.savile.train.Checkpoints;
import dev.savile.train.MemoryPlan;
import dev.savile.train.MemorySaving;
import dev.savile.train.Schedule;
import dev.savile.train.StepEvent;
import dev.savile.train.Trainer;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Train a technique on random rows and print speed and memory: the counterpart of the peers' script.
final class TrainingChild {
    static final String NAME = "training-child";

    private TrainingChild() {}

    /// @param arguments technique, precision, rows, shared tokens, own tokens, labelled tokens, steps; then, where less
    ///     memory is wanted, any of `recompute`, `update-in-backward`, `narrow-moments` and `nf4`
    static void run(List<String> arguments) {
        TechniqueCase technique = TechniqueCase.of(arguments.get(0));
        String precision = arguments.get(1);
        int rows = Integer.parseInt(arguments.get(2));
        var shape = new Shape(
                "given",
                rows,
                Integer.parseInt(arguments.get(3)),
                Integer.parseInt(arguments.get(4)),
                Integer.parseInt(arguments.get(5)));
        int steps = Integer.parseInt(arguments.get(6));
        List<String> savings = arguments.subList(7, arguments.size());
        var saving = new MemorySaving(
                savings.contains("recompute"),
                savings.contains("update-in-backward"),
                savings.contains("narrow-moments"));
        WeightStorage storage = savings.contains("nf4") ? WeightStorage.NF4 : WeightStorage.WHOLE;
        EngineThread.run(() -> {
            var env = Env.ofProcess();
            Machine.Compute compute = Machine.resolve(env.home(), precision, "cpu", 0);
            var files = new ModelLocator(env, Progress.none()).locateDefault();
            List<StepEvent> events = new ArrayList<>();
            MemoryPlan plan;
            try (var base = BaseModel.load(files, compute.precision(), compute.device(), storage);
                    var tuning = technique.start(base.model())) {
                var options = new TrainingOptions(
                        1e-4,
                        new Schedule(Schedule.Shape.CONSTANT, 0),
                        steps,
                        rows,
                        1024,
                        0,
                        false,
                        0,
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        0,
                        1,
                        0,
                        1e9,
                        saving);
                plan = MemoryPlan.of(
                        base.model(), tuning.trainedValues(), options, rows * shape.own() + shape.shared());
                new Trainer(
                                base.model(),
                                tuning,
                                options,
                                Checkpoints.none(),
                                collect(events),
                                Progress.none(),
                                new StopSignal())
                        .run(shape.draw());
            }
            Map<String, Object> result = new LinkedHashMap<>();
            List<Double> seconds =
                    events.stream().skip(1).map(StepEvent::seconds).toList();
            result.put("precision", compute.precision().label());
            result.put("rowsPerSecond", rows / Processes.median(seconds));
            result.put("peakBytes", Memory.peakBytes());
            result.put("plannedBytes", plan.total());
            result.put("residentAt200", events.size() > 200 ? events.get(199).residentBytes() : 0);
            result.put("residentAtEnd", events.getLast().residentBytes());
            result.put("loss", events.getLast().loss());
            System.out.println(Json.line(result));
        });
    }

    private static TrainingListener collect(List<StepEvent> events) {
        return new TrainingListener() {
            @Override
            public void step(StepEvent event) {
                events.add(event);
            }
        };
    }
}
