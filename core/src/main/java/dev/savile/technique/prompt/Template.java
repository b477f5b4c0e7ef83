package dev.savile.technique.prompt;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text with places for a row's fields: `{question}` stands for the field of that name.
///
/// Values are put in once, as they are: braces in them stay literal. A brace that belongs to the text itself is
/// written twice, `{{` or `}}`; one that encloses no name is literal too, so that JSON may stand in a template.
public final class Template {
    private static final Pattern PLACE = Pattern.compile("\\{\\{|}}|\\{([\\p{L}_$][\\p{L}\\p{N}_$ .-]*)}");

    /// A piece of literal text and the field behind it; empty for none.
    private record Piece(String literal, String field) {}

    private final String text;
    private final List<Piece> pieces = new ArrayList<>();

    private Template(String text) {
        this.text = text;
        Matcher places = PLACE.matcher(text);
        var literal = new StringBuilder();
        int from = 0;
        while (places.find()) {
            literal.append(text, from, places.start());
            from = places.end();
            String field = places.group(1);
            if (field == null) {
                literal.append(text.charAt(places.start()));
                continue;
            }
            pieces.add(new Piece(literal.toString(), field));
            literal.setLength(0);
        }
        literal.append(text, from, text.length());
        pieces.add(new Piece(literal.toString(), ""));
    }

    public static Template of(String text) {
        return new Template(text);
    }

    /// The names of its places, in order, each once.
    public List<String> fields() {
        return pieces.stream()
                .map(Piece::field)
                .filter(field -> !field.isEmpty())
                .distinct()
                .toList();
    }

    /// Put in a row's fields.
    ///
    /// @throws UserError `prompt.field` when the row has no such field, with those that it has
    public String render(Map<String, String> values) {
        var out = new StringBuilder();
        for (Piece piece : pieces) {
            out.append(piece.literal);
            if (piece.field.isEmpty()) continue;
            String value = values.get(piece.field);
            if (value == null) throw missing(piece.field, values);
            out.append(value);
        }
        return out.toString();
    }

    private UserError missing(String field, Map<String, String> values) {
        return new UserError(
                "prompt.field",
                "the template '" + text + "' asks for {" + field + "}, which the rows do not have",
                "that part of the prompt would be missing",
                Nearest.to(field, values.keySet())
                                .map(near -> "did you mean {" + near + "}? ")
                                .orElse("")
                        + "the rows have: " + String.join(", ", values.keySet()));
    }
}
