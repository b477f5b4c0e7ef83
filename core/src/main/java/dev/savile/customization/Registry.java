package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Names and versions of customizations under `SAVILE_HOME/customizations`. A version never changes; its name is
/// the beginning of its digest.
public final class Registry {
    private static final int VERSION_DIGITS = 12;

    private final Path root;

    public Registry(Path home) {
        root = home.resolve("customizations");
    }

    /// Return a fresh folder in which a customization can be written before it is published.
    public Path workshop(String name) {
        requireName(name);
        try {
            Files.createDirectories(root.resolve(name));
            return Files.createTempDirectory(root.resolve(name), ".tmp-");
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(root.resolve(name), e);
        }
    }

    /// Give a finished folder its name and version; return where it lies from then on.
    public Path publish(Path workshop, String name) {
        requireName(name);
        String version = Digest.ofFile(workshop.resolve(Customization.MANIFEST)).substring(0, VERSION_DIGITS);
        Path target = root.resolve(name).resolve(version);
        DurableFiles.moveInto(workshop, target);
        return target;
    }

    /// Find a customization by folder, by name (its newest version) or by `name/version`.
    ///
    /// @throws UserError `customization.missing`
    public Path find(String given) {
        Path folder = Path.of(given);
        if (Files.isDirectory(folder)) return folder;
        if (given.matches("[\\w.-]+(/[0-9a-f]{4,64})?")) {
            Path named = root.resolve(given);
            if (Files.exists(named.resolve(Customization.MANIFEST))) return named;
            List<Path> versions = versions(named);
            if (!versions.isEmpty()) return versions.getFirst();
        }
        throw UserError.notFound(
                "customization.missing",
                "there is no customization '" + given + "'",
                "neither a folder nor a saved customization has this name",
                names().isEmpty()
                        ? "train one with savile tune or savile select"
                        : "saved are: " + String.join(", ", names()));
    }

    /// Names of all saved customizations.
    public List<String> names() {
        return entries(root).stream()
                .map(path -> path.getFileName().toString())
                .filter(name -> !name.startsWith("."))
                .toList();
    }

    /// Versions of a name, the newest first.
    private static List<Path> versions(Path named) {
        return entries(named).stream()
                .filter(path -> Files.exists(path.resolve(Customization.MANIFEST)))
                .sorted(Comparator.comparingLong((Path path) ->
                                path.resolve(Customization.MANIFEST).toFile().lastModified())
                        .reversed())
                .toList();
    }

    private static List<Path> entries(Path folder) {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireName(String name) {
        if (!name.matches("[A-Za-z0-9][\\w.-]{0,63}"))
            throw new UserError(
                    "customization.name",
                    "'" + name + "' is no name for a customization",
                    "it becomes a folder's name",
                    "use up to 64 letters, digits, dots, dashes and underscores");
    }
}
