package dev.savile.text.jinja;

/// Fill a text up to a width.
final class Padding {
    private Padding() {}

    /// Pad to `width` code points.
    ///
    /// @param alignment `<` left, `>` right, `^` centre, where Python's `center` puts an odd blank to the left of
    ///                  an odd width
    static String pad(String text, int width, String fill, char alignment) {
        int missing = width - PythonText.length(text);
        if (missing <= 0) return text;
        int left =
                switch (alignment) {
                    case '<' -> 0;
                    case '>' -> missing;
                    default -> missing / 2 + (missing & width & 1);
                };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }
}
