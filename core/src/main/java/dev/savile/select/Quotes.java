package dev.savile.select;

import dev.savile.technique.Technique;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Foretell what work will cost, in seconds, from what has been measured so far.
final class Quotes {
    /// A full training costs about this many times as much as one of LoRA, until it has been measured.
    private static final double FULL_COST = 2.5;
    private static final double SAFETY = 1.15;
    /// Tokens of an ordinary prompt without examples, until it has been measured.
    private static final double USUAL_PROMPT = 60;
    /// Tokens that frame a worked example.
    private static final double DEMO_FRAME = 12;
    /// Characters a token, roughly.
    private static final double TOKEN_LENGTH = 4;

    private final RaceState state;
    private final Map<String, Double> rowSeconds = new HashMap<>();
    private double promptTokenSeconds;

    Quotes(RaceState state) {
        this.state = state;
    }

    /// Note what a token of a prompt took.
    void measuredPrompt(double secondsPerToken) {
        promptTokenSeconds = secondsPerToken;
    }

    /// Note what a row took in the training of a family. The first figure of LoRA also gives one for full
    /// fine-tuning.
    void measuredTraining(Arm.Trained arm, double secondsPerRow) {
        rowSeconds.put(arm.family(), secondsPerRow);
        if (arm.technique() instanceof Technique.Lora)
            rowSeconds.putIfAbsent(Technique.Full.ID, FULL_COST * secondsPerRow);
    }

    double training(Arm arm, int rows, int trials) {
        return SAFETY * rows * state.options().epochs() * trials * rowSeconds.getOrDefault(arm.family(), 1.0);
    }

    double scoring(Arm arm, int items) {
        return switch (arm) {
            case Arm.Majority() -> 0;
            case Arm.Prompted prompted -> SAFETY * items * itemSeconds(prompted.demos());
            case Arm.Trained _ -> SAFETY * items * itemSeconds(0);
        };
    }

    private double itemSeconds(int demos) {
        double text = state.split().train().stream()
                        .limit(100)
                        .mapToInt(row -> row.text().length())
                        .average()
                        .orElse(100)
                / TOKEN_LENGTH;
        double plain = state.arms().stream()
                .filter(record -> record.promptTokens > 0)
                .mapToDouble(record -> record.promptTokens)
                .min()
                .orElse(USUAL_PROMPT);
        return promptTokenSeconds * (plain + demos * (text + DEMO_FRAME));
    }

    /// Scoring of prompts that reach the finals and are not there to be beaten.
    double promptFinals() {
        return state.arms().stream()
                .filter(r -> r.alive() && r.arm instanceof Arm.Prompted && !r.arm.baseline())
                .mapToDouble(r -> scoring(r.arm, state.select().size()))
                .sum();
    }

    /// Scoring the test, and writing the report.
    double test() {
        double quote = 5 + scoring(state.byId(Technique.Lora.ID).arm, state.testSize());
        for (ArmRecord record : state.arms())
            if (record.arm.baseline() && record.status != ArmRecord.Status.REJECTED)
                quote += scoring(record.arm, state.testSize());
        return quote;
    }

    /// Time that must be left after the screening: for the finals, the test and the report.
    double reserve() {
        double reserve = 10;
        for (ArmRecord record : state.alive()) {
            reserve += scoring(record.arm, state.select().size());
            if (record.arm.baseline()) reserve += scoring(record.arm, state.testSize());
        }
        ArmRecord lora = state.byId(Technique.Lora.ID);
        if (lora.alive()) reserve += training(lora.arm, state.order().size(), 1) + scoring(lora.arm, state.testSize());
        return reserve;
    }

    /// What is left for the screening.
    double leftForScreening() {
        return state.budget().left() - reserve();
    }

    double rungs(Arm arm, List<Screening.RungPlan> rungs) {
        return rungs.stream()
                .mapToDouble(rung -> training(arm, rung.rows(), rung.trials()) + scoring(arm, rung.items()))
                .sum();
    }
}
