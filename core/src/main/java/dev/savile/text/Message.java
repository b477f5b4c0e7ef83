package dev.savile.text;

import dev.savile.common.UserError;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hold one turn of a conversation.
///
/// @param role    who speaks: `system`, `user`, `assistant` or `tool`; a few models know other roles
/// @param content what is said
/// @param fields  further fields that templates read, such as `tool_calls`, `name`, `reasoning_content`, as plain
///                data; one named `content` replaces the text by parts, or by null beside tool calls
public record Message(String role, String content, Map<String, ? extends @Nullable Object> fields) {
    public Message {
        if (role.isBlank())
            throw new UserError(
                    "chat.role",
                    "a message has no role",
                    "the template writes each turn by its role",
                    "use system, user, assistant or tool");
        fields = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(fields));
    }

    public static Message of(String role, String content) {
        return new Message(role, content, Map.of());
    }

    public static Message system(String content) {
        return of("system", content);
    }

    public static Message user(String content) {
        return of("user", content);
    }

    public static Message assistant(String content) {
        return of("assistant", content);
    }

    public boolean fromAssistant() {
        return role.equals("assistant");
    }

    /// Return the turn as templates see it.
    Map<String, @Nullable Object> toData() {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("role", role);
        data.put("content", content);
        data.putAll(fields);
        return data;
    }
}
