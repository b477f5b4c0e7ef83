package dev.savile.cli;

import dev.savile.common.Units;
import dev.savile.files.hub.InstalledModel;
import dev.savile.files.hub.ModelLocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// List the models on this computer.
@Command(name = "models", description = "List the models on this computer.")
final class ModelsVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    ModelsVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Models(console).list();
    }

    /// Loaded only when the verb runs.
    private static final class Models {
        private final Console console;

        Models(Console console) {
            this.console = console;
        }

        int list() {
            List<Object> models = new ArrayList<>();
            for (InstalledModel model : new ModelLocator(console.env(), console.progress()).installed()) {
                console.print(String.format(
                        Locale.ROOT,
                        "%-36s %-12s %8s  %s",
                        model.name(),
                        model.format(),
                        Units.bytes(model.sizeBytes()),
                        model.path()));
                models.add(Map.of(
                        "name",
                        model.name(),
                        "format",
                        model.format(),
                        "bytes",
                        model.sizeBytes(),
                        "path",
                        model.path().toString()));
            }
            if (models.isEmpty())
                console.print("no model is installed; the default model is fetched when it is first needed");
            console.result(Map.of("models", models));
            return ExitCode.OK;
        }
    }
}
