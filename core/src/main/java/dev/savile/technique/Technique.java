package dev.savile.technique;

import dev.savile.technique.bottleneck.BottleneckSpec;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PromptTuningSpec;
import java.util.List;

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

    /// Trained vectors in front of every row.
    record PromptTuning(PromptTuningSpec spec) implements Technique {
        public static final String ID = "prompt_tuning";

        @Override
        public String id() {
            return ID;
        }
    }

    /// Vectors in front of every row, made by an encoder while they are trained.
    record PTuning(PTuningSpec spec) implements Technique {
        public static final String ID = "p_tuning";

        @Override
        public String id() {
            return ID;
        }
    }

    /// Trained keys and values in front of every row.
    record Prefix(PrefixSpec spec) implements Technique {
        public static final String ID = "prefix_tuning";

        @Override
        public String id() {
            return ID;
        }
    }

    /// Small networks between the halves of a layer.
    record Bottleneck(BottleneckSpec spec) implements Technique {
        public static final String ID = "bottleneck";

        @Override
        public String id() {
            return ID;
        }
    }

    /// A low-rank update of linears; with lengths of their own it is called DoRA.
    record Lora(LoraSpec spec) implements Technique {
        public static final String ID = "lora";
        public static final String DORA = "dora";

        @Override
        public String id() {
            return spec.dora() ? DORA : ID;
        }
    }

    /// Factors on keys, values and inner values.
    record Ia3(Ia3Spec spec) implements Technique {
        public static final String ID = "ia3";

        @Override
        public String id() {
            return ID;
        }
    }

    /// Several at once, each at its own places.
    record Combined(List<Technique> parts) implements Technique {
        /// Stands between the ids.
        public static final String SIGN = "+";

        public Combined {
            parts = List.copyOf(parts);
        }

        @Override
        public String id() {
            return String.join(SIGN, parts.stream().map(Technique::id).toList());
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
