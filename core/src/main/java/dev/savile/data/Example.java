package dev.savile.data;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A row of training data that is no labelled text.
public sealed interface Example {
    /// Line of the file at which the row begins, from 1.
    long line();

    /// A question and its answer, or any other pair of texts of which the second is to be learned.
    record Completion(String prompt, String completion, long line) implements Example {}

    /// A conversation.
    ///
    /// @param tools descriptions of the tools that the model may call, as plain data
    record Chat(List<Turn> turns, List<Map<String, @Nullable Object>> tools, long line) implements Example {
        public Chat {
            turns = List.copyOf(turns);
            tools = List.copyOf(tools);
        }
    }

    /// Fields of a task, which a template of its own puts into a row.
    record Task(String task, Map<String, String> fields, long line) implements Example {}

    /// Plain text, all of which is to be learned.
    record Text(String text, long line) implements Example {}

    /// One turn of a conversation.
    ///
    /// @param fields  everything that the row says of it besides, as plain data
    /// @param learned whether the answer is to be learned; of no meaning for what others say
    record Turn(String role, String content, Map<String, @Nullable Object> fields, boolean learned) {}
}
