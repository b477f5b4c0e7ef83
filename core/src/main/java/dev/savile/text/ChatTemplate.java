package dev.savile.text;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.text.jinja.JinjaTemplate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Write conversations as the text that a model was trained on.
public final class ChatTemplate {
    /// For models without a template: a name on its own line, then the turn; answers end with the model's own end
    /// token.
    private static final String PLAIN = """
            {%- if bos_token is defined %}{{ bos_token }}{% endif %}
            {%- for message in messages %}
            {{- message.role | capitalize ~ ':\\n' ~ message.content }}
            {%- if message.role == 'assistant' and eos_token is defined %}{{ eos_token }}{% endif %}
            {{- '\\n\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ 'Assistant:\\n' }}{% endif %}
            """;

    private final String source;
    private final SpecialTokens tokens;
    private final Clock clock;
    private final JinjaTemplate template;

    private ChatTemplate(String source, SpecialTokens tokens, Clock clock) {
        this.source = source;
        this.tokens = tokens;
        this.clock = clock;
        this.template = JinjaTemplate.of(source);
    }

    /// Parse a model's template.
    ///
    /// @param clock what templates that print the date read; its time zone counts
    /// @throws dev.savile.common.UserError `template.syntax`, with line and column
    public static ChatTemplate of(String jinjaSource, SpecialTokens tokens, Clock clock) {
        return new ChatTemplate(jinjaSource, tokens, clock);
    }

    /// Return a template for models that come without one.
    public static ChatTemplate plain(SpecialTokens tokens) {
        return new ChatTemplate(PLAIN, tokens, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    }

    /// Return a template for models that come without one and without special tokens.
    public static ChatTemplate plain() {
        return plain(SpecialTokens.none());
    }

    /// Write a conversation.
    ///
    /// @param addGenerationPrompt whether the text ends where the model is to go on as assistant
    /// @throws dev.savile.common.UserError `template.evaluation` when the template fails or refuses the
    ///         conversation
    public Rendered render(Conversation conversation, boolean addGenerationPrompt) {
        Map<String, @Nullable Object> context = new LinkedHashMap<>(tokens.toData());
        context.putAll(conversation.options());
        context.put(
                "messages",
                conversation.messages().stream().map(Message::toData).toList());
        context.put("tools", conversation.tools().isEmpty() ? null : conversation.tools());
        context.put("documents", null);
        context.put("add_generation_prompt", addGenerationPrompt);
        JinjaTemplate.Rendering rendering = template.render(context, clock);
        return new Rendered(rendering.text(), rendering.generations());
    }

    /// Return the template's own text.
    public String source() {
        return source;
    }

    public SpecialTokens tokens() {
        return tokens;
    }

    /// Return the SHA-256 of the template's text and its special tokens.
    public String digest() {
        return Digest.ofText(Json.line(List.of(source, tokens.toData())));
    }
}
