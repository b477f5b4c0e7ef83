package dev.savile.text;

/// Decode UTF-8 that may be broken, at any place and in any pieces, always to the same text.
///
/// Each maximal beginning of a character that breaks off gives one U+FFFD, as Unicode recommends and Python and
/// Rust do. Java's own decoder joins some of them, so that the text would depend on where a stream was cut.
final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    static String decode(byte[] bytes) {
        return decode(bytes, bytes.length);
    }

    /// Decode the first bytes.
    static String decode(byte[] bytes, int length) {
        StringBuilder out = new StringBuilder(length);
        int at = 0;
        while (at < length) {
            int size = size(bytes[at] & 0xFF);
            int valid = valid(bytes, at, length);
            if (size > 0 && valid == size) out.appendCodePoint(codePoint(bytes, at, size));
            else out.append(REPLACEMENT);
            at += Math.max(1, valid);
        }
        return out.toString();
    }

    /// Count the bytes at the end that begin a character which further bytes could complete.
    static int incomplete(byte[] bytes) {
        for (int back = 1; back <= Math.min(3, bytes.length); back++) {
            int at = bytes.length - back;
            int size = size(bytes[at] & 0xFF);
            if (size > 0) return back < size && valid(bytes, at, bytes.length) == back ? back : 0;
        }
        return 0;
    }

    /// Return the number of bytes of a character by its first one; 0 if none begins so.
    private static int size(int first) {
        if (first < 0x80) return 1;
        if (first < 0xC2) return 0;
        if (first < 0xE0) return 2;
        if (first < 0xF0) return 3;
        return first < 0xF5 ? 4 : 0;
    }

    /// Count the bytes from here that are the beginning of one character.
    private static int valid(byte[] bytes, int at, int length) {
        int first = bytes[at] & 0xFF;
        int size = size(first);
        int count = Math.min(1, size);
        while (count > 0 && count < size && at + count < length) {
            int next = bytes[at + count] & 0xFF;
            int low = count > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
            int high = count > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
            if (next < low || next > high) break;
            count++;
        }
        return count;
    }

    private static int codePoint(byte[] bytes, int at, int size) {
        int point = size == 1 ? bytes[at] : bytes[at] & (0x7F >> size);
        for (int i = 1; i < size; i++) point = (point << 6) | (bytes[at + i] & 0x3F);
        return point;
    }
}
