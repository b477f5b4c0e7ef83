package dev.savile.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// List saved customizations and their versions.
@Command(name = "customizations", description = "List the saved customizations, or all versions of one.")
final class CustomizationsVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "Whose versions are listed. Default: all names.")
    @Nullable
    String name;

    CustomizationsVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var customizations = new Customizations(console);
        return name == null ? customizations.list() : customizations.versions(name);
    }
}
