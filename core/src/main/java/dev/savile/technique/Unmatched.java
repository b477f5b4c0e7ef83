package dev.savile.technique;

import dev.savile.common.Few;
import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// Refuse names that stand for nothing in a model: what is misspelled would stay untrained without a word.
public final class Unmatched {
    private static final int SHOWN = 16;

    private Unmatched() {}

    /// Refuse names, if there are any.
    ///
    /// @param code  of the error, the name of the setting: `full.parameters`
    /// @param names those that match nothing
    /// @param known what there is to be named
    /// @throws UserError with the names, the nearest known ones and all that are known
    public static void names(String code, Collection<String> names, Collection<String> known) {
        if (names.isEmpty()) return;
        String listed = names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        String hints = names.stream().map(name -> Nearest.hint(name, known)).collect(Collectors.joining());
        throw new UserError(
                code,
                listed + (names.size() == 1 ? " matches" : " match") + " nothing that could be meant",
                "it would be left out without a word",
                hints + "there are: " + Few.of(known, SHOWN));
    }

    /// Refuse names of modules, if there are any.
    ///
    /// @param paths of the modules that might have been named
    public static void modules(String code, Collection<String> names, Collection<String> paths) {
        int parts = names.stream()
                .mapToInt(name -> name.split("\\.", -1).length)
                .max()
                .orElse(1);
        names(
                code,
                names,
                paths.stream().map(path -> end(path, parts)).distinct().toList());
    }

    /// Refuse layers that a model does not have.
    ///
    /// @param count number of its layers
    public static void layers(String code, Collection<Integer> layers, int count) {
        List<Integer> beyond =
                layers.stream().filter(layer -> layer < 0 || layer >= count).toList();
        if (beyond.isEmpty()) return;
        throw new UserError(
                code,
                "this model has no layer "
                        + beyond.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                "it would be left out without a word",
                "its layers are 0 to " + (count - 1));
    }

    /// The last parts of a path, as many as a name has.
    private static String end(String path, int parts) {
        String[] all = path.split("\\.", -1);
        return String.join(".", Arrays.asList(all).subList(Math.max(0, all.length - parts), all.length));
    }
}
