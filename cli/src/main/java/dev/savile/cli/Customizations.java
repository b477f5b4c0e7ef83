package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Manifest;
import dev.savile.customization.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Run `savile customizations` and `savile rollback`.
final class Customizations {
    private final Console console;
    private final Registry registry;

    Customizations(Console console) {
        this.console = console;
        this.registry = new Registry(console.env().home());
    }

    /// List the current version of each name.
    int list() {
        List<Map<String, Object>> listed = new ArrayList<>();
        for (String name : registry.names()) {
            List<Path> versions = registry.versions(name);
            String count = versions.size() + (versions.size() == 1 ? " version" : " versions");
            Optional<Path> current = current(name);
            Map<String, Object> fields = shown(
                    name,
                    current.orElse(versions.getFirst()),
                    current.isPresent(),
                    current.isPresent() ? count : count + ", none current: savile rollback " + name + " VERSION");
            fields.put("versions", versions.size());
            listed.add(fields);
        }
        if (listed.isEmpty())
            console.print("no customization is saved in " + console.env().home());
        console.result(Map.of("customizations", listed));
        return ExitCode.OK;
    }

    /// List all versions of a name, the newest first.
    int versions(String name) {
        List<Path> versions = registry.versions(name);
        Optional<Path> current = versions.isEmpty() ? Optional.of(registry.current(name)) : current(name);
        List<Map<String, Object>> listed = new ArrayList<>();
        for (Path version : versions) {
            boolean is = current.filter(version::equals).isPresent();
            listed.add(shown(name, version, is, is ? "current" : ""));
        }
        console.result(Map.of("versions", listed));
        return ExitCode.OK;
    }

    /// The current version; where it cannot be told, the others are listed all the same, to choose from.
    private Optional<Path> current(String name) {
        try {
            return Optional.of(registry.current(name));
        } catch (UserError e) {
            if (!e.code().equals("customization.current")) throw e;
            console.progress().warn(e.what() + ": " + e.fix());
            return Optional.empty();
        }
    }

    int rollback(String name) {
        return moved(name, registry.rollback(name));
    }

    int rollback(String name, String version) {
        return moved(name, registry.rollback(name, version));
    }

    private int moved(String name, Path version) {
        console.print(name + " means " + name + "/" + version.getFileName() + " from now on");
        console.result(
                Map.of("name", name, "version", version.getFileName().toString(), "customization", version.toString()));
        return ExitCode.OK;
    }

    private Map<String, Object> shown(String name, Path version, boolean current, String note) {
        Manifest manifest = Manifest.in(version);
        String id = version.getFileName().toString();
        console.print(String.format(
                Locale.ROOT,
                "%-24s %-12s %-16s %-20.19s %s",
                name,
                id,
                manifest.technique(),
                manifest.created(),
                note));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("version", id);
        fields.put("technique", manifest.technique());
        fields.put("created", manifest.created());
        fields.put("current", current);
        fields.put("customization", version.toString());
        return fields;
    }
}
