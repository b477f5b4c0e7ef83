package dev.savile.data;

import dev.savile.common.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;

/// Labelled texts read from one file.
///
/// @param rows     in the order of the file
/// @param source   file, as the user named it
/// @param ignored  columns that were not used
/// @param warnings what the user should know
public record LabelledData(List<LabelledRow> rows, String source, List<String> ignored, List<String> warnings) {
    public LabelledData {
        rows = List.copyOf(rows);
        ignored = List.copyOf(ignored);
        warnings = List.copyOf(warnings);
    }

    /// All labels, sorted.
    public List<String> labels() {
        return List.copyOf(new TreeSet<>(rows.stream().map(LabelledRow::label).toList()));
    }

    /// SHA-256 of texts and labels in order.
    public String digest() {
        return digest(rows);
    }

    /// SHA-256 of texts and labels in order; each is preceded by its length in bytes, so that neighbours stay
    /// apart.
    public static String digest(List<LabelledRow> rows) {
        MessageDigest digest = Digest.sha256();
        for (LabelledRow row : rows) {
            add(digest, row.text());
            add(digest, row.label());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }
}
