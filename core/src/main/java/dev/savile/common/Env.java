package dev.savile.common;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Carry what the process was started with: environment variables and the folders they name.
///
/// It is passed as an argument, so that tests choose their own; nothing reads `System.getenv` from the middle of
/// an algorithm.
///
/// @param variables environment variables
public record Env(Map<String, String> variables) {
    public Env {
        variables = Map.copyOf(variables);
    }

    /// Read the environment of this process.
    public static Env ofProcess() {
        return new Env(System.getenv());
    }

    /// Return a variable that is set and not blank.
    public Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /// Return the folder that holds models, customizations, studies and the run store: `SAVILE_HOME`, else
    /// `~/.savile`.
    public Path home() {
        return variable("SAVILE_HOME").map(Path::of).orElseGet(() -> userHome().resolve(".savile"));
    }

    /// Return the folders of `SAVILE_MODELS`, in order.
    public List<Path> modelFolders() {
        return variable("SAVILE_MODELS").stream()
                .flatMap(value -> Arrays.stream(value.split(java.io.File.pathSeparator)))
                .filter(part -> !part.isBlank())
                .map(Path::of)
                .toList();
    }

    /// Return the user's home folder: `HOME`, else the JVM's idea of it.
    public Path userHome() {
        return Path.of(variable("HOME").orElse(System.getProperty("user.home", ".")));
    }
}
