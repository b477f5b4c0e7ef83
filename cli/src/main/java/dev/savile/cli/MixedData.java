package dev.savile.cli;

import dev.savile.common.Digest;
import dev.savile.common.UserError;
import dev.savile.data.ExampleKind;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import dev.savile.train.EncodedRows;
import dev.savile.train.RowPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Rows of several files, each seen so often in an epoch. The first file's validation rows and prompt are those of
/// all; labelled files share the labels of all.
///
/// @param first  the rows of `--data`
/// @param others those of `--also`
/// @param seed   of the draws where a weight is no whole number
record MixedData(TuneData first, List<Part> others, long seed) implements TuneData {
    /// Rows with how often each is seen in an epoch.
    ///
    /// @param weight 2: each row twice; 0.5: half of the rows, drawn once
    record Part(TuneData data, double weight) {}

    MixedData {
        others = List.copyOf(others);
    }

    /// Mix files; where the first holds labelled texts, the prompt of all that do names the labels of all.
    static MixedData of(TuneData first, List<Part> others, long seed) {
        if (!(first instanceof TuneData.Labelled main)) return new MixedData(first, others, seed);
        LinkedHashSet<String> labels = new LinkedHashSet<>(main.labels());
        for (Part part : others) if (part.data instanceof TuneData.Labelled more) labels.addAll(more.labels());
        List<String> all = List.copyOf(labels);
        return new MixedData(
                main.withLabels(all),
                others.stream()
                        .map(part -> part.data instanceof TuneData.Labelled more
                                ? new Part(more.withLabels(all), part.weight)
                                : part)
                        .toList(),
                seed);
    }

    /// Read `FILE` or `FILE=WEIGHT`.
    static Part part(String given, DataOptions options, ExampleOptions examples, long seed) {
        int sign = given.lastIndexOf('=');
        boolean weighted = sign > 0 && given.substring(sign + 1).matches("[-+0-9.eE]+");
        double weight = weighted ? weight(given, given.substring(sign + 1)) : 1;
        DataOptions own = options.withData(Path.of(weighted ? given.substring(0, sign) : given));
        return new Part(TuneData.read(own, examples, Optional.empty(), seed), weight);
    }

    private static double weight(String given, String text) {
        try {
            double weight = Double.parseDouble(text);
            if (weight > 0 && weight <= 1000) return weight;
        } catch (NumberFormatException e) {
            // refused below like a number that makes no sense
        }
        throw new UserError(
                "tune.also",
                "the weight in --also " + given + " is no number above 0 and up to 1000",
                "it says how often each row of the file is seen in an epoch",
                "write for example --also more.csv=2");
    }

    private Stream<Part> parts() {
        return Stream.concat(Stream.of(new Part(first, 1)), others.stream());
    }

    @Override
    public String source() {
        return parts().map(part -> part.data.source()).collect(Collectors.joining(", "));
    }

    @Override
    public List<String> warnings() {
        return parts().flatMap(part -> part.data.warnings().stream()).toList();
    }

    @Override
    public String digest() {
        return Digest.ofText(
                parts().map(part -> part.data.digest() + " x " + part.weight).collect(Collectors.joining("\n")));
    }

    @Override
    public List<?> train() {
        return parts().flatMap(part -> part.data.train().stream()).toList();
    }

    @Override
    public List<?> held() {
        return first.held();
    }

    @Override
    public TuneData apartFrom(TuneData rows) {
        return new MixedData(
                first.apartFrom(rows),
                others.stream()
                        .map(part -> new Part(part.data.apartFrom(rows), part.weight))
                        .toList(),
                seed);
    }

    @Override
    public List<LabelledRow> labelled() {
        return parts().flatMap(part -> part.data.labelled().stream()).toList();
    }

    @Override
    public Set<ExampleKind> kinds() {
        return parts().flatMap(part -> part.data.kinds().stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public PromptBundle bundle() {
        return first.bundle();
    }

    @Override
    public EncodedRows train(RowEncoding how) {
        List<TrainingRow> rows = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        List<RowPlace> tooLong = new ArrayList<>();
        List<RowPlace> unlearned = new ArrayList<>();
        int cut = 0;
        for (Part part : parts().toList()) {
            EncodedRows own = part.data.train(how);
            List<RowPlace> ownPlaces = named(own.places(), part);
            for (int row : weighted(own.rows().size(), part)) {
                rows.add(own.rows().get(row));
                places.add(ownPlaces.get(row));
            }
            tooLong.addAll(named(own.tooLong(), part));
            unlearned.addAll(named(own.unlearned(), part));
            cut += own.cut();
        }
        return new EncodedRows(rows, places, tooLong, unlearned, cut);
    }

    private static List<RowPlace> named(List<RowPlace> places, Part part) {
        return places.stream().map(place -> place.of(part.data.source())).toList();
    }

    /// Numbers of a part's rows, each as often as it is seen.
    private List<Integer> weighted(int rows, Part part) {
        List<Integer> seen = new ArrayList<>();
        int whole = (int) part.weight;
        for (int i = 0; i < whole; i++) for (int row = 0; row < rows; row++) seen.add(row);
        int more = (int) Math.round((part.weight - whole) * rows);
        int[] order = Rng.of(seed, "weights", part.data.source()).permutation(rows);
        for (int i = 0; i < more; i++) seen.add(order[i]);
        return seen;
    }

    @Override
    public EncodedRows validation(RowEncoding how) {
        return first.validation(how);
    }

    /// One line of what is mixed, for people.
    String sentence() {
        return "training on "
                + parts().map(part -> String.format(
                                Locale.ROOT,
                                "%d rows of %s x %s",
                                part.data.train().size(),
                                part.data.source(),
                                part.weight))
                        .collect(Collectors.joining(", "));
    }
}
