package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
    @Test
    void fieldsArePutInOnceAndBracesInThemStayLiteral() {
        Template template = Template.of("{a} and {b c}, {a}");
        assertThat(template.fields()).containsExactly("a", "b c");
        assertThat(template.render(Map.of("a", "{b c}", "b c", "$1 {a}"))).isEqualTo("{b c} and $1 {a}, {b c}");
    }

    @Test
    void jsonAndDoubledBracesAreText() {
        assertThat(Template.of("{\"x\": {v}} {{v}} {}").render(Map.of("v", "1")))
                .isEqualTo("{\"x\": 1} {v} {}");
    }

    @Test
    void aFieldThatNoColumnHasIsNamed() {
        var error = catchThrowableOfType(
                UserError.class, () -> Template.of("{mesage}").render(Map.of("message", "x", "label", "y")));
        assertThat(error.code()).isEqualTo("prompt.field");
        assertThat(error.fix()).contains("did you mean {message}");
    }
}
