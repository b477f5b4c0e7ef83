package dev.savile.evaluate.judge;

/// Two answers to one question.
///
/// @param id       of the item, unique among the pairs
/// @param question as both systems got it
/// @param first    answer of the first system
/// @param second   answer of the second system
public record AnswerPair(String id, String question, String first, String second) {
    AnswerPair swapped() {
        return new AnswerPair(id, question, second, first);
    }
}
