package dev.savile.select;

import dev.savile.technique.Technique;
import java.util.List;

/// A way to solve the task, to be raced. The learning rate is inside the arm, not an arm of its own.
public sealed interface Arm {
    /// Unique in the race.
    String id();

    /// Arms of one family share their fate in the first rungs.
    String family();

    /// In plain words, for the report.
    String description();

    /// Whether it is there to be beaten.
    boolean baseline();

    /// Always the most frequent label.
    record Majority() implements Arm {
        @Override
        public String id() {
            return "majority";
        }

        @Override
        public String family() {
            return "baseline";
        }

        @Override
        public String description() {
            return "always the most frequent label";
        }

        @Override
        public boolean baseline() {
            return true;
        }
    }

    /// The base model under a prompt.
    ///
    /// @param strategy how worked examples are chosen; `none` for zero-shot
    /// @param demos    number of worked examples
    record Prompted(String id, String strategy, int demos, boolean baseline, String description) implements Arm {
        @Override
        public String family() {
            return baseline ? "baseline" : "prompt";
        }
    }

    /// Trained on the rows.
    ///
    /// @param rates learning rates to choose from, rising
    record Trained(Technique technique, List<Double> rates, String description) implements Arm {
        public Trained {
            rates = List.copyOf(rates);
        }

        @Override
        public String id() {
            return technique.id();
        }

        @Override
        public String family() {
            return technique.id();
        }

        @Override
        public boolean baseline() {
            return false;
        }
    }
}
