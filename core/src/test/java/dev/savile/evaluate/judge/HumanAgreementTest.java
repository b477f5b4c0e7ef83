package dev.savile.evaluate.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class HumanAgreementTest {
    private final List<Preference> judged = new ArrayList<>();
    private final List<Preference> human = new ArrayList<>();

    private void add(int count, Preference byJudge, Preference byPerson) {
        judged.addAll(Collections.nCopies(count, byJudge));
        human.addAll(Collections.nCopies(count, byPerson));
    }

    /// A table of two answers, 20 and 15 alike, 5 and 10 not: agreement .7, by chance .5.
    @Test
    void kappaMatchesTheWorkedTable() {
        add(20, Preference.FIRST, Preference.FIRST);
        add(5, Preference.FIRST, Preference.SECOND);
        add(10, Preference.SECOND, Preference.FIRST);
        add(15, Preference.SECOND, Preference.SECOND);
        HumanAgreement agreement = HumanAgreement.of(judged, human);
        assertThat(agreement.raw().value()).isCloseTo(0.7, within(1e-12));
        assertThat(agreement.kappa().orElseThrow()).isCloseTo(0.4, within(1e-12));
        assertThat(agreement.enough()).isTrue();
    }

    /// Of three answers: agreement 6/10; shares .4 .4 .2 and .5 .3 .2, by chance .36.
    @Test
    void tiesAreAnAnswerOfTheirOwn() {
        add(3, Preference.FIRST, Preference.FIRST);
        add(1, Preference.FIRST, Preference.TIE);
        add(2, Preference.SECOND, Preference.FIRST);
        add(2, Preference.SECOND, Preference.SECOND);
        add(1, Preference.TIE, Preference.SECOND);
        add(1, Preference.TIE, Preference.TIE);
        assertThat(HumanAgreement.of(judged, human).kappa().orElseThrow()).isCloseTo(0.24 / 0.64, within(1e-12));
    }

    @Test
    void perfectAgreementIsOneAndConstantAnswersSayNothing() {
        add(3, Preference.FIRST, Preference.FIRST);
        assertThat(HumanAgreement.of(judged, human).kappa()).isEmpty();
        add(3, Preference.TIE, Preference.TIE);
        assertThat(HumanAgreement.of(judged, human).kappa()).hasValue(1);
        assertThat(HumanAgreement.of(List.of(), List.of()).kappa()).isEmpty();
    }
}
