package dev.savile.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Hold the names of one block; what is not here is looked for further out.
final class Scope {
    private final @Nullable Scope outer;
    private final Map<String, Value> names = new LinkedHashMap<>();

    private Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    static Scope outermost() {
        return new Scope(null);
    }

    Scope inner() {
        return new Scope(this);
    }

    void set(String name, Value value) {
        names.put(name, value);
    }

    Optional<Value> find(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value found = scope.names.get(name);
            if (found != null) return Optional.of(found);
        }
        return Optional.empty();
    }
}
