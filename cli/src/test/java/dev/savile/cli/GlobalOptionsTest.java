package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class GlobalOptionsTest {
    @Command(name = "test")
    static final class Holder {
        @Mixin
        GlobalOptions options = new GlobalOptions();

        @Mixin
        DataOptions data = new DataOptions();
    }

    private static Holder parse(String... arguments) {
        var holder = new Holder();
        new CommandLine(holder).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
        return holder;
    }

    @Test
    void defaultsStandWithoutArguments() {
        Holder holder = parse();
        assertThat(holder.options.model()).isEmpty();
        assertThat(holder.options.customizations()).isEmpty();
        assertThat(holder.options.precision()).isEqualTo(GlobalOptions.PrecisionChoice.AUTO);
        assertThat(holder.options.threads()).isZero();
        assertThat(holder.options.device()).isEqualTo("cpu");
        assertThat(holder.options.seed()).isEqualTo(42);
        assertThat(holder.data.data()).isEmpty();
        assertThat(holder.data.header()).isTrue();
        assertThat(holder.data.overLength()).isEqualTo(DataOptions.OverLength.REFUSE);
    }

    @Test
    void everythingCanBeSaid() {
        Holder holder = parse(
                "--model",
                "m",
                "--with",
                "a",
                "--with=b",
                "--precision",
                "bf16",
                "--threads",
                "2",
                "--device",
                "CUDA:1",
                "--seed",
                "7",
                "--data",
                "d.csv",
                "--text",
                "1",
                "--label",
                "2",
                "--no-header",
                "--over-length",
                "cut");
        assertThat(holder.options.model()).contains("m");
        assertThat(holder.options.customizations()).containsExactly("a", "b");
        assertThat(holder.options.precision()).isEqualTo(GlobalOptions.PrecisionChoice.BF16);
        assertThat(holder.options.threads()).isEqualTo(2);
        assertThat(holder.options.device()).isEqualTo("cuda:1");
        assertThat(holder.options.seed()).isEqualTo(7);
        assertThat(holder.data.header()).isFalse();
        assertThat(holder.data.overLength()).isEqualTo(DataOptions.OverLength.CUT);
    }

    @Test
    void wrongValuesAreRefused() {
        assertThatThrownBy(() -> parse("--threads", "-1")).hasRootCauseInstanceOf(UserError.class);
        assertThatThrownBy(() -> parse("--device", "gpu")).hasRootCauseInstanceOf(UserError.class);
        assertThatThrownBy(() -> parse("--precision", "fp16")).hasMessageContaining("fp16");
    }
}
