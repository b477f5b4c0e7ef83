package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.engine.Threads;
import dev.savile.model.BaseModel;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Fill in a manifest from what a run knows.
public final class Provenance {
    /// Version of Savile that writes.
    public static final String VERSION = "0.1.0";

    private Provenance() {}

    /// Version and, where the program runs from a built jar, the beginning of its digest: what is kept of one build's
    /// answers is not taken for another's.
    public static String build() {
        return Build.NAME;
    }

    private static final class Build {
        static final String NAME = name();

        private static String name() {
            try {
                var source = Provenance.class.getProtectionDomain().getCodeSource();
                if (source == null) return VERSION;
                Path jar = Path.of(source.getLocation().toURI());
                return Files.isRegularFile(jar)
                        ? VERSION + "+" + Digest.ofFile(jar).substring(0, 12)
                        : VERSION;
            } catch (URISyntaxException e) {
                return VERSION;
            }
        }
    }

    /// @param technique     `prompt`, `lora`, `full`
    /// @param configuration everything that was resolved
    /// @param measured      figures of the run
    public static Manifest of(
            BaseModel base,
            String technique,
            Manifest.Data data,
            Map<String, Object> configuration,
            Map<String, Object> measured,
            Instant now) {
        Map<String, Object> versions = new TreeMap<>();
        versions.put("savile", VERSION);
        versions.put("java", Runtime.version().toString());
        versions.put("pytorch", "2.10.0");
        versions.put("threads", Threads.inUse());
        versions.put("precision", base.model().precision().label());
        versions.put("device", base.model().device().toString());
        return new Manifest(
                Manifest.SCHEMA,
                technique,
                technique.equals("prompt") ? "" : "supervised",
                now.toString(),
                new Manifest.Base(base.name(), base.model().spec().family(), base.digest()),
                base.encoder().digest(),
                data,
                configuration,
                List.of(),
                measured,
                versions,
                Map.of());
    }
}
