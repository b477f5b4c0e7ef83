package dev.savile.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Make an earlier version of a customization the current one again.
@Command(
        name = "rollback",
        description =
                "Make an earlier version of a customization the one that its name means. No version is removed, so that a later one can be named too.")
final class RollbackVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "NAME", description = "A saved customization.")
    String name = "";

    @Parameters(
            index = "1",
            paramLabel = "VERSION",
            arity = "0..1",
            description = "A version or its beginning. Default: the one saved before the current one.")
    @Nullable
    String version;

    RollbackVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var customizations = new Customizations(console);
        return version == null ? customizations.rollback(name) : customizations.rollback(name, version);
    }
}
