package dev.savile.data;

/// Kinds of rows besides labelled texts.
public enum ExampleKind {
    /// `{"prompt": ..., "completion": ...}`
    COMPLETION("prompt and completion"),
    /// `{"messages": [{"role": ..., "content": ...}, ...]}`
    CHAT("messages"),
    /// `{"taskname": ..., ...}`
    TASK("taskname and the fields of its template"),
    /// `{"text": ...}`
    TEXT("text");

    private final String fields;

    ExampleKind(String fields) {
        this.fields = fields;
    }

    /// The fields that a row of this kind has, in words.
    public String fields() {
        return fields;
    }
}
