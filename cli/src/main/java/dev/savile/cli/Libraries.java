package dev.savile.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Read the versions of libraries from the names of the jars on the class path: asking the libraries would load
/// them.
///
/// @param versions version by artifact, sorted
record Libraries(Map<String, String> versions) {
    private static final Pattern JAR =
            Pattern.compile("(.+?)-(\\d[\\d.]*(?:-\\d[\\d.]*)*)(?:-(?:linux|macosx|windows).*)?\\.jar");

    static Libraries ofClassPath() {
        return of(System.getProperty("java.class.path", ""));
    }

    static Libraries of(String classPath) {
        Map<String, String> versions = new TreeMap<>();
        for (String entry : Arrays.asList(classPath.split(File.pathSeparator, -1))) {
            Path name = Path.of(entry).getFileName();
            Matcher jar = JAR.matcher(name == null ? "" : name.toString());
            if (jar.matches()) versions.putIfAbsent(jar.group(1), jar.group(2));
        }
        return new Libraries(versions);
    }

    Optional<String> version(String artifact) {
        return Optional.ofNullable(versions.get(artifact));
    }

    /// Return the versions of these artifacts, in this order; those that are not there are left out.
    Map<String, String> only(List<String> artifacts) {
        Map<String, String> found = new java.util.LinkedHashMap<>();
        for (String artifact : artifacts) version(artifact).ifPresent(version -> found.put(artifact, version));
        return found;
    }
}
