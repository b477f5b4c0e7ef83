package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.customization.Manifest;
import dev.savile.model.ModelSpec;
import dev.savile.technique.Technique;
import dev.savile.train.TrainingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Compare a training that has finished with what is asked for now: what is there answers only for the settings that it
/// was made with.
final class FinishedTraining {
    /// When a run ends and how often its state is kept change nothing of what was learned.
    private static final Set<String> FREE = Set.of("maxSeconds", "checkpointSeconds", "patience", "validateSteps");

    /// Where a technique holds its settings.
    private static final String SPEC = "spec";

    private FinishedTraining() {}

    /// Say which settings differ, with both values.
    ///
    /// @param further whether an adapter was trained further, whose own settings of the technique held
    static List<String> differences(Manifest made, TuneSettings settings, ModelSpec base, long seed, boolean further) {
        List<String> differences = new ArrayList<>();
        Technique technique = settings.technique(base);
        if (!further)
            compare("", tree(made.configuration().getOrDefault("technique", Map.of())), tree(technique), differences);
        JsonNode training = tree(made.configuration().getOrDefault("training", Map.of()));
        TrainingOptions options = settings.options(technique, 1, seed, "");
        if (!settings.has("learning-rate")) // the usual one depends on the size of the base, which is not loaded
        options = options.withLearningRate(training.path("learningRate").asDouble(options.learningRate()));
        compare("", training, tree(options), differences);
        return differences;
    }

    private static JsonNode tree(Object value) {
        return Json.lenient().valueToTree(value);
    }

    private static void compare(String path, JsonNode before, JsonNode now, List<String> differences) {
        boolean settings = now.isObject() && (path.isEmpty() || path.equals(SPEC));
        if (settings) {
            for (String name : now.propertyNames())
                if (!FREE.contains(name)) compare(name, before.path(name), now.path(name), differences);
            return;
        }
        boolean known = !before.isMissingNode(); // a setting that there was not yet is as usual
        if (known && !Json.canonical(before).equals(Json.canonical(now)))
            differences.add(path + " is " + now + ", it was " + before);
    }
}
