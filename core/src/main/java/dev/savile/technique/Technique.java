package dev.savile.technique;

import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;

/// Say what a customization changes. A new technique is a new record here, and the build then names every place
/// that must know it.
public sealed interface Technique {
    /// The word for the technique in commands, files and pages.
    String id();

    /// No weights change: system prompt, instruction, demonstrations.
    record Prompt() implements Technique {
        public static final String ID = "prompt";

        @Override
        public String id() {
            return ID;
        }
    }

    /// A low-rank update of linears.
    record Lora(LoraSpec spec) implements Technique {
        public static final String ID = "lora";

        @Override
        public String id() {
            return ID;
        }
    }

    /// All weights, or a named subset.
    record Full(FullSpec spec) implements Technique {
        public static final String ID = "full";

        @Override
        public String id() {
            return ID;
        }
    }
}
