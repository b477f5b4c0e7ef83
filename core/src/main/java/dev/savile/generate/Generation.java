package dev.savile.generate;

/// Hold what a model wrote.
///
/// @param ids                tokens in order; after [Finish#END] the last one is the end token
/// @param finish             why it ended
/// @param promptTokens       tokens of the prompt
/// @param firstTokenSeconds  from the request to the first token; 0 where there is none
/// @param tokensPerSecond    tokens behind the first, by the time since it; 0 where there are none
public record Generation(int[] ids, Finish finish, int promptTokens, double firstTokenSeconds, double tokensPerSecond) {
    /// Return the tokens of the answer itself, without the end token.
    public int[] answerIds() {
        return finish == Finish.END ? java.util.Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
