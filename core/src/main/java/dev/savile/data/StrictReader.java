package dev.savile.data;

import dev.savile.common.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.Reader;
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
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Decode a file strictly while it is read: bytes that do not belong to the encoding are refused with line and
/// column, never replaced. A byte order mark is skipped, and tells UTF-16 apart when no encoding is named.
final class StrictReader extends Reader {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Path file;
    private final InputStream in;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private final CharBuffer decoded = CharBuffer.allocate(BUFFER_BYTES).flip();
    private boolean atStart = true;
    private boolean atEnd;
    private boolean afterReturn;
    private long line = 1;
    private long column = 1;

    private StrictReader(Path file, InputStream in, Charset charset) {
        this.file = file;
        this.in = in;
        decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /// Open a file.
    ///
    /// @param encoding name of the character set; empty for UTF-8
    /// @throws UserError `file.missing`, `file.folder`, `file.unreadable`, `data.empty`, `data.format`,
    ///         `data.encoding`
    static StrictReader open(Path file, String encoding) {
        requireFile(file);
        InputStream opened = null;
        try {
            opened = Compressed.open(file);
            var in = new PushbackInputStream(opened, 4);
            byte[] start = in.readNBytes(4);
            if (start.length == 0) throw empty(file);
            in.unread(start);
            refuseBinary(file, start);
            return new StrictReader(file, in, encoding.isEmpty() ? byMark(start) : named(encoding));
        } catch (IOException e) {
            close(opened);
            throw unreadable(file, e);
        } catch (UserError e) {
            close(opened);
            throw e;
        }
    }

    /// @throws UserError `file.missing`, `file.folder`
    static void requireFile(Path file) {
        if (!Files.exists(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "the data would come from it", "check the path");
        if (Files.isDirectory(file))
            throw new UserError(
                    "file.folder",
                    file + " is a folder",
                    "one file with rows is needed",
                    "name a file in it, such as " + file.resolve("train.csv"));
    }

    @Override
    public int read(char[] target, int offset, int length) {
        if (length == 0) return 0;
        if (!decoded.hasRemaining() && !fill()) return -1;
        int count = Math.min(length, decoded.remaining());
        decoded.get(target, offset, count);
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /// Decode the next characters; return whether there are any.
    private boolean fill() {
        decoded.clear();
        while (decoded.position() == 0) {
            CoderResult result = decoder.decode(bytes, decoded, atEnd);
            if (result.isError() && decoded.position() == 0) throw badBytes(result.length());
            if (result.isUnderflow() && decoded.position() == 0) {
                if (atEnd) break;
                refill();
            }
        }
        decoded.flip();
        if (atStart && decoded.hasRemaining()) {
            atStart = false;
            if (decoded.get(0) == BYTE_ORDER_MARK) {
                decoded.position(1);
                if (!decoded.hasRemaining()) return fill();
            }
        }
        follow();
        return decoded.hasRemaining();
    }

    private void refill() {
        bytes.compact();
        try {
            int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
            if (count < 0) atEnd = true;
            else bytes.position(bytes.position() + count);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        bytes.flip();
    }

    /// Move line and column past the decoded characters, so that they name the place of the next one.
    private void follow() {
        for (int i = decoded.position(); i < decoded.limit(); i++) {
            char c = decoded.get(i);
            if (c == 0) throw zero();
            if (c == '\n' || c == '\r') {
                if (c == '\r' || !afterReturn) line++;
                column = 1;
            } else if (!Character.isLowSurrogate(c)) {
                column++;
            }
            afterReturn = c == '\r';
        }
    }

    private UserError badBytes(int length) {
        var shown = new StringBuilder();
        for (int i = 0; i < Math.min(length, bytes.remaining()); i++)
            shown.append(String.format(Locale.ROOT, " %02X", bytes.get(bytes.position() + i)));
        boolean unicode = decoder.charset().equals(StandardCharsets.UTF_8);
        return new UserError(
                "data.encoding",
                file + " is not " + decoder.charset() + ": bad bytes" + shown + " at line " + line + ", column "
                        + column,
                "guessing would put wrong letters into the data",
                unicode
                        ? "save the file as UTF-8, or name its encoding: --encoding windows-1252 or --encoding"
                                + " ISO-8859-1"
                        : "name the right encoding with --encoding, or leave it out for UTF-8");
    }

    private UserError zero() {
        return new UserError(
                "data.encoding",
                file + " has a zero character at line " + line + ", column " + column,
                "text holds none; the file is UTF-16 without a mark, or no text at all",
                "if it is UTF-16, add --encoding UTF-16LE; otherwise save it as text");
    }

    private static Charset byMark(byte[] start) {
        if (start.length >= 2 && start[0] == (byte) 0xFF && start[1] == (byte) 0xFE) return StandardCharsets.UTF_16LE;
        if (start.length >= 2 && start[0] == (byte) 0xFE && start[1] == (byte) 0xFF) return StandardCharsets.UTF_16BE;
        return StandardCharsets.UTF_8;
    }

    private static Charset named(String encoding) {
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

    private static void refuseBinary(Path file, byte[] start) {
        String kind = "";
        String fix = "unpack it, or save it as CSV with UTF-8";
        if (begins(start, 'P', 'K', 3, 4)) kind = "a ZIP archive or an Excel workbook";
        if (begins(start, 0x1F, 0x8B)) kind = "compressed with gzip, though its name does not end with .gz";
        if (begins(start, 'B', 'Z', 'h', '1')) kind = "compressed with bzip2";
        if (begins(start, 'P', 'A', 'R', '1')) {
            kind = "a Parquet file";
            fix = "let its name end in .parquet, unpacked";
        }
        if (!kind.isEmpty())
            throw new UserError(
                    "data.format",
                    file + " is " + kind,
                    "a file whose name does not end otherwise is read as text: CSV, TSV, JSONL or JSON",
                    fix);
    }

    private static boolean begins(byte[] start, int... expected) {
        byte[] bytes = new byte[expected.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) expected[i];
        return start.length >= bytes.length && Arrays.equals(start, 0, bytes.length, bytes, 0, bytes.length);
    }

    static UserError empty(Path file) {
        return new UserError("data.empty", file + " is empty", "there are no rows in it", "name a file with rows");
    }

    static UserError unreadable(Path file, IOException cause) {
        return new UserError(
                        "file.unreadable",
                        "cannot read " + file + " (" + cause + ")",
                        "the data would come from it",
                        "check that you may read the file")
                .causedBy(cause);
    }

    private static void close(@Nullable InputStream in) {
        if (in == null) return;
        try {
            in.close();
        } catch (IOException ignored) {
            // What stopped the reading is the failure that the user must hear of.
        }
    }
}
