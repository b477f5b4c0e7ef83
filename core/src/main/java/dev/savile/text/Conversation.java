package dev.savile.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hold what a chat template writes.
///
/// @param messages the turns, the oldest first
/// @param tools    descriptions of the tools that the model may call, as plain data; empty when there are none
/// @param options  further names that the template reads, such as `enable_thinking`
public record Conversation(
        List<Message> messages,
        List<? extends Map<String, ? extends @Nullable Object>> tools,
        Map<String, ? extends @Nullable Object> options) {
    public Conversation {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        options = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(options));
    }

    public static Conversation of(Message... messages) {
        return of(List.of(messages));
    }

    public static Conversation of(List<Message> messages) {
        return new Conversation(messages, List.of(), Map.of());
    }

    /// Return the conversation with one more turn.
    public Conversation with(Message message) {
        List<Message> longer = new ArrayList<>(messages);
        longer.add(message);
        return new Conversation(longer, tools, options);
    }

    /// Return the first turns.
    public Conversation first(int turns) {
        return new Conversation(messages.subList(0, turns), tools, options);
    }
}
