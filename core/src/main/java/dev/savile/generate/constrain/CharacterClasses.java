package dev.savile.generate.constrain;

import java.util.Optional;

/// The sets of characters that expressions name. As in `java.util.regex`, digits, words and blanks are those of
/// ASCII; `\p{...}` names a general category of Unicode.
final class CharacterClasses {
    static final CodePoints DIGITS = CodePoints.of('0', '9');
    static final CodePoints WORD = CodePoints.of('a', 'z', 'A', 'Z', '0', '9', '_', '_');
    static final CodePoints BLANKS = CodePoints.of('\t', '\r', ' ', ' ');
    static final CodePoints NO_LINE_END =
            CodePoints.of('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029).complement();

    /// The categories by the number that Java gives them; a blank where there is none, and for characters that are
    /// not assigned or no characters.
    private static final String[] CATEGORIES = {
        "", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "", "Co",
        "", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"
    };

    private CharacterClasses() {}

    /// Find a general category by one letter (`L`) or two (`Lu`).
    static Optional<CodePoints> category(String name) {
        int numbers = 0;
        for (int i = 0; i < CATEGORIES.length; i++)
            if (!name.isEmpty() && CATEGORIES[i].startsWith(name)) numbers |= 1 << i;
        int wanted = numbers;
        return wanted == 0
                ? Optional.empty()
                : Optional.of(CodePoints.where(point -> ((wanted >> Character.getType(point)) & 1) != 0));
    }
}
