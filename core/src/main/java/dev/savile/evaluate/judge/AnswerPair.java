package dev.savile.evaluate.judge;

/// Two answers to one question.
///
/// @param id       of the item, unique among the pairs
/// @param question as both systems got it
/// @param first    answer of the first system
/// @param second   answer of the second system
/// @param group    of the item; empty where it stands alone
public record AnswerPair(String id, String question, String first, String second, String group) {
    /// A pair that stands alone.
    public AnswerPair(String id, String question, String first, String second) {
        this(id, question, first, second, "");
    }

    AnswerPair swapped() {
        return new AnswerPair(id, question, second, first, group);
    }
}
