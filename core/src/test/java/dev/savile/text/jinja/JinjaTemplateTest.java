package dev.savile.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JinjaTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T09:04:05Z"), ZoneOffset.UTC);

    private static String render(String source, Map<String, ?> context) {
        return JinjaTemplate.of(source).render(context, CLOCK).text();
    }

    private static String code(String source) {
        try {
            return render(source, Map.of());
        } catch (UserError e) {
            return e.code();
        }
    }

    @Test
    void syntaxErrorsNameLineAndColumn() {
        assertThatThrownBy(() -> JinjaTemplate.of("one\n  {{ 1 + }}")).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("template.syntax");
            assertThat(e.what()).contains("at line 2, column 10");
        });
    }

    @Test
    void failuresNameTheInnermostPlace() {
        assertThatThrownBy(() -> render("{% for x in [1] %}\n{{ 'a' ~ (x + nope.y) }}{% endfor %}", Map.of()))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("template.evaluation");
                    assertThat(e.what()).contains("line 2, column 20").endsWith("'nope' is undefined");
                });
    }

    @Test
    void hostileTemplatesAreStopped() {
        List<String> hostile = List.of(
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% set ns = namespace(s='xxxxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l == ns.l + [] }}{{ ns.l }}",
                "{{ 'x' * 10 ** 12 }}",
                "{{ [0] * 10 ** 12 }}",
                "{{ range(10 ** 9) }}",
                "{{ 9 ** (9 ** 9) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ 'a' | center(10 ** 9) }}",
                "{{ 'a' | indent(10 ** 9, true) }}");
        for (String source : hostile) assertThat(code(source)).as(source).isEqualTo("template.limit");
    }

    @Test
    void deepNestingIsRefusedWhenReading() {
        assertThat(code("{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}"))
                .isEqualTo("template.syntax");
        assertThat(code("{{ " + "-".repeat(5000) + "1 }}")).isEqualTo("template.syntax");
        assertThat(code("{% if 1 %}".repeat(5000) + "{% endif %}".repeat(5000))).isEqualTo("template.syntax");
        assertThat(code("{{ " + "1 + ".repeat(100_000) + "1 }}")).isEqualTo("template.limit");
    }

    @Test
    void objectsOfTheProgramAreOutOfReach() {
        assertThat(code("{{ ''.__class__ }}")).isEqualTo("template.evaluation");
        assertThat(code("{{ ''.getClass() }}")).isEqualTo("template.evaluation");
        assertThat(code("{{ '{0.__class__}'.format(1) }}")).isEqualTo("template.evaluation");
        assertThat(code("{% include 'x' %}")).isEqualTo("template.syntax");
    }

    @Test
    void theClockIsTheOneGiven() {
        assertThat(render("{{ strftime_now('%d %b %Y %-d %I:%M %p') }}", Map.of()))
                .isEqualTo("06 Jul 2024 6 09:04 AM");
    }

    @Test
    void generationBlocksAreReportedInUtf16Offsets() {
        JinjaTemplate.Rendering rendering = JinjaTemplate.of(
                        "🙂{% generation %}ab{% endgeneration %}c{% generation %}{% endgeneration %}")
                .render(Map.of(), CLOCK);
        assertThat(rendering.text()).isEqualTo("🙂abc");
        assertThat(rendering.generations()).containsExactly(new Span(2, 4), new Span(5, 5));
    }

    @Test
    void generatedListsAreUsedUpByTheFirstPass() {
        assertThat(render("{% set g = [1, 2] | map('string') %}{{ g | join }}|{{ g | join }}|{{ 'T' if g }}", Map.of()))
                .isEqualTo("12||T");
    }

    @Test
    void everyFilterNameIsKnownOnce() {
        assertThat(Filters.NAMES).doesNotHaveDuplicates();
        for (String name : Filters.NAMES)
            assertThat(render("{{ '" + name + "' is filter }}", Map.of())).isEqualTo("True");
    }
}
