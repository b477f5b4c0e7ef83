package dev.savile.train;

import dev.savile.common.UserError;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.List;

/// Rows as token ids, where they are from, and what was left out.
///
/// @param rows      what is trained on
/// @param places    where each row is from; empty where that is not known
/// @param tooLong   rows left out because they are longer than the context
/// @param unlearned rows left out because no token of theirs is to be learned
/// @param cut       rows that were shortened to fit
public record EncodedRows(
        List<? extends TrainingRow> rows,
        List<RowPlace> places,
        List<RowPlace> tooLong,
        List<RowPlace> unlearned,
        int cut) {
    /// Above this share of rows that are left out nothing is trained.
    private static final double MAX_DROPPED_SHARE = 0.05;

    public EncodedRows {
        if (!places.isEmpty() && places.size() != rows.size())
            throw new IllegalArgumentException(rows.size() + " rows but " + places.size() + " places");
        rows = List.copyOf(rows);
        places = List.copyOf(places);
        tooLong = List.copyOf(tooLong);
        unlearned = List.copyOf(unlearned);
    }

    /// Rows of which nothing else is known.
    public static EncodedRows of(List<? extends TrainingRow> rows) {
        return new EncodedRows(rows, List.of(), List.of(), List.of(), 0);
    }

    /// Refuse rows of which too many were left out.
    ///
    /// @param asked number of rows that were to be encoded
    /// @param limit what the longest ones exceed, in words
    /// @param fix   what to do about rows that are too long
    /// @throws UserError `train.too-long`, `train.unlearned` above 5 % of the rows
    EncodedRows requireMost(int asked, String limit, String fix) {
        if (tooLong.size() > MAX_DROPPED_SHARE * asked)
            throw new UserError(
                    "train.too-long",
                    tooLong.size() + " of " + asked + " rows are longer than " + limit + " (" + RowPlace.words(tooLong)
                            + ")",
                    "leaving so many out would train on something else than the data",
                    fix);
        if (unlearned.size() > MAX_DROPPED_SHARE * asked)
            throw new UserError(
                    "train.unlearned",
                    unlearned.size() + " of " + asked + " rows have no token to learn (" + RowPlace.words(unlearned)
                            + ")",
                    "all their answers have the weight 0, so that they teach nothing",
                    "remove these rows, give an answer of each the weight 1, or use --learn all");
        return this;
    }

    /// What is worth a warning, in words; empty when nothing is.
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (!tooLong.isEmpty()) warnings.add(found(tooLong, "too long and were left out"));
        if (!unlearned.isEmpty()) warnings.add(found(unlearned, "without a token to learn and were left out"));
        if (cut > 0) warnings.add(cut + " rows were shortened to fit");
        return warnings;
    }

    private static String found(List<RowPlace> places, String what) {
        return places.size() + " rows are " + what + " (" + RowPlace.words(places) + ")";
    }
}
