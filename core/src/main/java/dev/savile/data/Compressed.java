package dev.savile.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/// Files that are unpacked while they are read, told by their endings `.gz` and `.bz2`.
final class Compressed {
    private static final int BUFFER_BYTES = 1 << 16;

    private Compressed() {}

    static InputStream open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            return switch (ending(file)) {
                case ".gz" -> new GZIPInputStream(in, BUFFER_BYTES);
                case ".bz2" -> new BZip2CompressorInputStream(new BufferedInputStream(in, BUFFER_BYTES), true);
                default -> in;
            };
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /// Return a file's name in lower case, without the ending of its compression.
    static String plainName(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.substring(0, name.length() - ending(file).length());
    }

    private static String ending(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".gz")) return ".gz";
        return name.endsWith(".bz2") ? ".bz2" : "";
    }
}
