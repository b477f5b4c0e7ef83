package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Names and versions of customizations under `SAVILE_HOME/customizations`. A version never changes; its name is
/// the beginning of its digest.
///
/// Which version a name alone means stands in the name's file `current`: the version saved last, until an earlier
/// one is made current again. The file is replaced in one step, so that a reader sees the version before or the one
/// after. Names without it mean their newest version.
public final class Registry {
    private static final int VERSION_DIGITS = 12;
    private static final String NAME = "[A-Za-z0-9][\\w.-]{0,63}";
    private static final String VERSION = "[0-9a-f]{4,64}";
    private static final String CURRENT = "current";

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

    /// Whether a folder is one that [#workshop] gave for a name.
    public boolean isWorkshop(Path folder, String name) {
        Path absolute = folder.toAbsolutePath().normalize();
        return root.resolve(name).toAbsolutePath().normalize().equals(absolute.getParent())
                && absolute.getFileName().toString().startsWith(".tmp-");
    }

    /// Give a finished folder its name and version, which is the current one from then on; return where it lies.
    /// A crash in between leaves the version before as the current one.
    public Path publish(Path workshop, String name) {
        requireName(name);
        String version = Digest.ofFile(workshop.resolve(Customization.MANIFEST)).substring(0, VERSION_DIGITS);
        Path target = root.resolve(name).resolve(version);
        boolean again = Files.exists(target.resolve(Customization.MANIFEST)); // the same was saved before
        if (again) DurableFiles.delete(workshop);
        else DurableFiles.moveInto(workshop, target);
        point(name, target);
        return target;
    }

    /// Find a customization by folder, by name (its current version) or by `name/version`, of which the beginning
    /// suffices.
    ///
    /// @throws UserError `customization.missing`, `customization.version`, `customization.current`
    public Path find(String given) {
        Path folder = Path.of(given);
        if (Files.isDirectory(folder)) return folder;
        String[] parts = given.split("/", 2);
        if (finished(parts[0]).isEmpty()) throw missing(given);
        return parts.length == 1 ? current(parts[0]) : version(parts[0], parts[1]);
    }

    /// Names of all saved customizations; not those of trainings that have not finished.
    public List<String> names() {
        return entries(root).stream()
                .map(Registry::name)
                .filter(name -> !finished(name).isEmpty())
                .toList();
    }

    /// Versions of a name, the newest first; none for a name that is not there.
    public List<Path> versions(String name) {
        return finished(name).stream()
                .map(folder -> new Dated(folder, created(folder), saved(folder)))
                .sorted(Comparator.comparing(Dated::created)
                        .thenComparing(Dated::saved)
                        .reversed())
                .map(Dated::folder)
                .toList();
    }

    /// A version with its times, which are read once.
    private record Dated(Path folder, Instant created, FileTime saved) {}

    /// Versions of a name, in no order that means anything.
    private List<Path> finished(String name) {
        if (!name.matches(NAME)) return List.of(); // it is no path
        return entries(root.resolve(name)).stream()
                .filter(path -> Files.exists(path.resolve(Customization.MANIFEST)))
                .toList();
    }

    /// Return the version that a name alone means.
    ///
    /// @throws UserError `customization.missing`; `customization.current` where the file that says so is damaged or
    ///         names a version that is not there: another one would answer unasked
    public Path current(String name) {
        List<Path> versions = versions(name);
        if (versions.isEmpty()) throw missing(name);
        Optional<String> pointed = pointed(name);
        if (pointed.isEmpty()) return versions.getFirst();
        return versions.stream()
                .filter(version -> name(version).equals(pointed.get()))
                .findFirst()
                .orElseThrow(() -> new UserError(
                        "customization.current",
                        root.resolve(name).resolve(CURRENT) + " says '" + pointed.get() + "', which is no version of "
                                + name,
                        "which version is meant cannot be told from it",
                        "choose one: savile rollback " + name + " VERSION; there are " + listed(versions)));
    }

    /// Make the version current that was saved before the current one.
    ///
    /// @return where it lies
    /// @throws UserError those of [#current]; `customization.oldest` where none was saved before it
    public Path rollback(String name) {
        List<Path> versions = versions(name);
        Path current = current(name);
        int earlier = versions.indexOf(current) + 1;
        if (earlier == versions.size())
            throw new UserError(
                    "customization.oldest",
                    name + "/" + name(current) + " is the oldest version of " + name,
                    "there is none before it to go back to",
                    versions.size() == 1
                            ? "there is no other version"
                            : "name one: savile rollback " + name + " VERSION; there are " + listed(versions));
        point(name, versions.get(earlier));
        return versions.get(earlier);
    }

    /// Make a version current, an earlier or a later one.
    ///
    /// @param version or its beginning
    /// @return where it lies
    /// @throws UserError `customization.missing`, `customization.version`
    public Path rollback(String name, String version) {
        Path found = version(name, version);
        point(name, found);
        return found;
    }

    private Path version(String name, String given) {
        List<Path> versions = versions(name);
        if (versions.isEmpty()) throw missing(name);
        List<Path> found = versions.stream()
                .filter(version -> given.matches(VERSION) && name(version).startsWith(given))
                .toList();
        if (found.size() == 1) return found.getFirst();
        throw UserError.notFound(
                "customization.version",
                found.isEmpty()
                        ? name + " has no version '" + given + "'"
                        : found.size() + " versions of " + name + " begin with '" + given + "'",
                "a version is named by the beginning of its digest, at least four digits",
                "there are, the newest first: " + listed(versions));
    }

    private void point(String name, Path version) {
        DurableFiles.write(root.resolve(name).resolve(CURRENT), name(version) + "\n");
    }

    private Optional<String> pointed(String name) {
        Path file = root.resolve(name).resolve(CURRENT);
        if (!Files.exists(file)) return Optional.empty();
        try {
            // as single bytes, so that whatever stands in a damaged file can be shown
            return Optional.of(
                    Files.readString(file, StandardCharsets.ISO_8859_1).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private UserError missing(String given) {
        List<String> names = names();
        return UserError.notFound(
                "customization.missing",
                "there is no customization '" + given + "'",
                "neither a folder nor a saved customization has this name",
                names.isEmpty()
                        ? "train one with savile tune or savile select"
                        : Nearest.hint(given, names) + "saved are: " + String.join(", ", names));
    }

    private static String listed(List<Path> versions) {
        return String.join(", ", versions.stream().map(Registry::name).toList());
    }

    private static String name(Path version) {
        return version.getFileName().toString();
    }

    /// When a version was made, as its manifest says: times of files are lost when a folder is copied.
    private static Instant created(Path version) {
        try {
            return Instant.parse(Json.tree(version.resolve(Customization.MANIFEST))
                    .path("created")
                    .asString(""));
        } catch (DateTimeParseException | UserError e) {
            return Instant.EPOCH; // it is refused where it is opened
        }
    }

    private static FileTime saved(Path version) {
        try {
            return Files.getLastModifiedTime(version.resolve(Customization.MANIFEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Folders in a folder; those whose name begins with a dot are not finished.
    private static List<Path> entries(Path folder) {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .filter(path -> !name(path).startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Refuse a name under which nothing could be saved, before time is spent.
    ///
    /// @throws UserError `customization.name`
    public static void requireName(String name) {
        if (!name.matches(NAME))
            throw new UserError(
                    "customization.name",
                    "'" + name + "' is no name for a customization",
                    "it becomes a folder's name",
                    "use up to 64 letters, digits, dots, dashes and underscores");
    }
}
