package dev.savile.select;

import dev.savile.technique.Technique;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.train.LearningRates;
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

    /// List the arms of a race of labels.
    ///
    /// @param parameters of the base: small ones take larger learning rates
    /// @param demos      worked examples in few-shot prompts
    static List<Arm> all(long parameters, int demos) {
        double scale = parameters <= LearningRates.SMALL_BASE ? 5 : 1;
        return List.of(
                new Majority(),
                new Prompted("zero-shot", "none", 0, true, "the base model with an instruction"),
                new Prompted(
                        "few-shot-random",
                        "random",
                        demos,
                        true,
                        demos + " worked examples, the same for every message"),
                new Prompted(
                        "few-shot-balanced",
                        "label_balanced",
                        demos,
                        false,
                        demos + " worked examples, labels taking turns"),
                new Prompted(
                        "few-shot-bm25",
                        "bm25",
                        demos,
                        false,
                        demos + " worked examples, those that share most words with the message"),
                new Trained(
                        new Technique.Lora(LoraSpec.of(8, 16)),
                        List.of(2e-5 * scale, 2e-4 * scale, 2e-3 * scale),
                        "low-rank updates of all linears, rank 8"),
                new Trained(
                        new Technique.Full(FullSpec.all()),
                        List.of(1e-6 * scale, 1e-5 * scale, 1e-4 * scale),
                        "all weights of the model"));
    }

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

        /// Whether every message gets the same worked examples.
        boolean sameDemos() {
            return DemoStrategy.of(strategy).fixed();
        }
    }

    /// Trained on the rows.
    ///
    /// @param rates learning rates to choose from, rising
    record Trained(Technique technique, List<Double> rates, String description) implements Arm {
        public Trained {
            rates = List.copyOf(rates);
        }

        double middleRate() {
            return rates.get(rates.size() / 2);
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
