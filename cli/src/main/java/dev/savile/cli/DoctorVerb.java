package dev.savile.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Tell what this computer can do.
@Command(
        name = "doctor",
        description =
                "Tell what this computer can do: Java, libraries, CPU, memory, disk, GPU, and the measured speed of"
                        + " each precision.")
final class DoctorVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    DoctorVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Doctor(console).examine();
    }
}
