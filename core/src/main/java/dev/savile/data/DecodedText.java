package dev.savile.data;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Decode a file strictly: bytes that do not belong to the encoding are refused with line and column, never replaced.
final class DecodedText {
    private DecodedText() {}

    /// @throws UserError `file.missing`, `file.folder`, `file.unreadable`, `data.empty`, `data.encoding`
    static String of(Path file, String encoding) {
        if (!Files.exists(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "the data would come from it", "check the path");
        if (Files.isDirectory(file))
            throw new UserError(
                    "file.folder",
                    file + " is a folder",
                    "one file with rows is needed",
                    "name a file in it, such as train.csv");
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "the data would come from it",
                            "check that you may read it and that it is below 2 GB")
                    .causedBy(e);
        }
        Charset charset = charset(encoding, bytes);
        int skip = bom(bytes, charset);
        if (bytes.length == skip)
            throw new UserError("data.empty", file + " is empty", "there are no rows in it", "name a file with rows");
        return decode(file, bytes, skip, charset);
    }

    private static Charset charset(String encoding, byte[] bytes) {
        if (encoding.isEmpty()) {
            if (bytes.length >= 2 && bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE)
                return StandardCharsets.UTF_16LE;
            if (bytes.length >= 2 && bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF)
                return StandardCharsets.UTF_16BE;
            return StandardCharsets.UTF_8;
        }
        try {
            return Charset.forName(encoding);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new UserError(
                            "data.encoding",
                            "'" + encoding + "' is no known encoding",
                            "the bytes of the file cannot be read without one",
                            "use UTF-8, ISO-8859-1 or windows-1252")
                    .causedBy(e);
        }
    }

    private static int bom(byte[] bytes, Charset charset) {
        if (charset.equals(StandardCharsets.UTF_16LE) || charset.equals(StandardCharsets.UTF_16BE)) return 2;
        boolean utf8 =
                bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        return utf8 && charset.equals(StandardCharsets.UTF_8) ? 3 : 0;
    }

    private static String decode(Path file, byte[] bytes, int skip, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes, skip, bytes.length - skip);
        CharBuffer out =
                CharBuffer.allocate((int) Math.ceil((bytes.length - skip) * (double) decoder.maxCharsPerByte()) + 1);
        CoderResult result = decoder.decode(in, out, true);
        if (!result.isError()) {
            decoder.flush(out);
            return out.flip().toString();
        }
        String before = out.flip().toString();
        long line = 1 + before.chars().filter(c -> c == '\n').count();
        int column = before.length() - before.lastIndexOf('\n');
        throw new UserError(
                "data.encoding",
                file + " is not " + charset + ": bad bytes at line " + line + ", column " + column,
                "guessing would put wrong letters into the data",
                "save the file as UTF-8, or name its encoding with --encoding windows-1252 (or ISO-8859-1)");
    }
}
