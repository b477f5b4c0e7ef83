package dev.savile.evaluate.task;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Tell answers that go round in a loop, as small models do that were tuned too far: a run of four words that stands
/// eight times in a row.
final class Loops {
    private static final int WORDS = 4;
    private static final int TIMES = 8;

    private static final Pattern WORD = Pattern.compile("\\S+");

    private Loops() {}

    static boolean in(String text) {
        List<String> words =
                WORD.matcher(text).results().map(MatchResult::group).toList();
        // a run that comes again at once is equal to what stands four words on
        int same = 0;
        for (int i = WORDS; i < words.size(); i++) {
            same = words.get(i).equals(words.get(i - WORDS)) ? same + 1 : 0;
            if (same >= WORDS * (TIMES - 1)) return true;
        }
        return false;
    }
}
