package dev.savile.select.optimize;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Ways to write a label other than by its name.
enum LabelWords {
    /// `card_arrival` and `GetWeather` as people write them: `card arrival`, `get weather`.
    PLAIN("labels as words: get weather for GetWeather"),
    /// Every label with a capital.
    CAPITAL("labels with a capital"),
    /// Every label in lower case.
    LOWER("labels in lower case");

    private final String words;

    LabelWords(String words) {
        this.words = words;
    }

    private String of(String label) {
        return switch (this) {
            case PLAIN ->
                label.replaceAll("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})", " ")
                        .replaceAll("[_\\-]+", " ")
                        .toLowerCase(Locale.ROOT)
                        .strip();
            case CAPITAL -> label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
            case LOWER -> label.toLowerCase(Locale.ROOT);
        };
    }

    String words() {
        return words;
    }

    /// Return what is written for each label; nothing where that changes none, or makes two the same.
    Map<String, String> of(List<String> labels) {
        Map<String, String> words = new LinkedHashMap<>();
        for (String label : labels) words.put(label, of(label));
        boolean same = words.entrySet().stream().allMatch(word -> word.getKey().equals(word.getValue()));
        boolean twice = new LinkedHashSet<>(words.values()).size() < words.size();
        return same || twice || words.containsValue("") ? Map.of() : words;
    }
}
