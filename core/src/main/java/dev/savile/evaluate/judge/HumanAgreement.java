package dev.savile.evaluate.judge;

import dev.savile.evaluate.metrics.Rate;
import java.util.List;
import java.util.OptionalDouble;

/// How far a judge agrees with a person.
///
///     kappa = (agreement - chance) / (1 - chance),  chance = sum over preferences of share by judge * share by person
///
/// *Paper*: Cohen, "A coefficient of agreement for nominal scales", 1960.
///
/// @param raw   share of items with the same preference
/// @param kappa agreement beyond chance, 1 at most; empty where chance alone would make both agree
public record HumanAgreement(Rate raw, OptionalDouble kappa) {
    /// Items with a person's preference below which a judge may not decide a comparison.
    public static final int ENOUGH = 50;

    /// Compare preferences item by item.
    static HumanAgreement of(List<Preference> judged, List<Preference> human) {
        int n = judged.size();
        int same = 0;
        for (int i = 0; i < n; i++) if (judged.get(i) == human.get(i)) same++;
        double chance = 0;
        for (Preference preference : Preference.values())
            chance += share(judged, preference) * share(human, preference);
        OptionalDouble kappa = n == 0 || chance >= 1
                ? OptionalDouble.empty()
                : OptionalDouble.of(((double) same / n - chance) / (1 - chance));
        return new HumanAgreement(Rate.of(same, n), kappa);
    }

    /// Whether there are enough labels of people for the judge's score to be the one that decides.
    public boolean enough() {
        return raw.n() >= ENOUGH;
    }

    private static double share(List<Preference> preferences, Preference wanted) {
        return (double) preferences.stream().filter(wanted::equals).count() / preferences.size();
    }
}
