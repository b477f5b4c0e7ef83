package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Run regular expressions of users so that none can hang an evaluation.
///
/// Java's matcher backtracks, and some patterns take a time that grows exponentially with the text. It reads its text
/// through an interface, so the reads are counted there: beyond a limit, or when the thread is interrupted, the match
/// ends with an error.
public final class BoundedRegex {
    /// Reads of a single search. A few hundred milliseconds; usual patterns read each character a few times.
    private static final long MAX_READS = 20_000_000;

    private BoundedRegex() {}

    /// Compile a pattern and count its groups.
    ///
    /// @throws UserError `extract.regex`
    static int groups(String pattern) {
        return compile(pattern, "extract.regex", "no answer could be read with it")
                .matcher("")
                .groupCount();
    }

    /// Refuse a pattern that is wrong.
    ///
    /// @throws UserError `metric.regex`
    public static void require(String pattern) {
        compileReference(pattern);
    }

    /// Tell whether a pattern is found anywhere in a text.
    ///
    /// @throws UserError `metric.regex` when the pattern is wrong, or the search takes too many steps
    public static boolean found(String pattern, String text) {
        try {
            return search(compileReference(pattern), text, Matcher::find);
        } catch (Endless e) {
            throw e.error("metric.regex", "", pattern, "an answer", text);
        }
    }

    private static Pattern compileReference(String pattern) {
        return compile(pattern, "metric.regex", "no answer could be compared with it");
    }

    /// Return what a group matches; empty when the pattern, or the group in it, matches nothing.
    ///
    /// @throws UserError `extract.regex` when the search takes too many steps
    static Optional<String> find(String pattern, int group, RegexStep.Take take, String text) {
        try {
            Pattern compiled = compile(pattern, "extract.regex", "no answer could be read with it");
            return search(compiled, text, matcher -> {
                String found = null;
                while (matcher.find()) {
                    found = matcher.group(group);
                    if (take == RegexStep.Take.FIRST) break;
                }
                return Optional.ofNullable(found);
            });
        } catch (Endless e) {
            throw e.error("extract.regex", "", pattern, "a generation", text);
        }
    }

    /// Search a text by a matcher that cannot run for ever.
    ///
    /// @param search what to do with the matcher
    /// @throws Endless when it takes too many steps, or nests too deeply
    public static <T> T search(Pattern pattern, String text, Function<Matcher, T> search) {
        try {
            return search.apply(pattern.matcher(new Counted(text, new Reads())));
        } catch (StackOverflowError _) { // Java's matcher recurses for repeated groups
            throw new Endless("nested too deeply");
        }
    }

    private static Pattern compile(String pattern, String code, String why) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            String place = e.getIndex() < 0 ? "" : " at position " + e.getIndex();
            throw new UserError(
                            code,
                            "the pattern '" + pattern + "' is wrong" + place + ": " + e.getDescription(),
                            why,
                            "correct it; a character with a meaning of its own is written with \\ before it")
                    .causedBy(e);
        } catch (StackOverflowError _) {
            throw new UserError(
                    code,
                    "a pattern of " + pattern.length() + " characters is nested too deeply",
                    why,
                    "use fewer groups within groups");
        }
    }

    /// A search that was given up. Unchecked and without a stack trace: it only leaves the matcher.
    public static final class Endless extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String how;

        private Endless(String how) {
            super(how, null, false, false);
            this.how = how;
        }

        /// Say it to the user.
        ///
        /// @param place of the text and a colon, or nothing
        /// @param what  the text is
        public UserError error(String code, String place, String pattern, String what, String text) {
            return new UserError(
                    code,
                    place + "the pattern '" + pattern + "' " + how + " on " + what + " of " + text.length()
                            + " characters",
                    "its repetitions can share out the same text among them in too many ways",
                    "avoid a repetition within a repetition such as (a+)+, and write [^x]* in place of .* before x");
        }
    }

    private static final class Reads {
        private long count;

        void one() {
            if (++count > MAX_READS) throw new Endless("took more than " + MAX_READS + " steps");
            if ((count & 0xFFF) == 0 && Thread.currentThread().isInterrupted())
                throw new CancellationException("interrupted while a text was searched");
        }
    }

    /// A text that counts how often it is read.
    private record Counted(CharSequence text, Reads reads) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            reads.one();
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
