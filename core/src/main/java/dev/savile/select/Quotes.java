package dev.savile.select;

import dev.savile.technique.Technique;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Foretell what work will cost, in seconds, from what has been measured so far.
final class Quotes {
    /// A full training costs about this many times as much as one of LoRA, until it has been measured.
    private static final double FULL_COST = 2.5;
    /// What is kept over a quote that rests on the first look, and over one that rests on the race's own work.
    private static final double GUESSED = 1.15;

    private static final double MEASURED = 1.05;
    /// Tokens of an ordinary prompt without examples, until it has been measured.
    private static final double USUAL_PROMPT = 60;
    /// Tokens that frame a worked example.
    private static final double DEMO_FRAME = 12;
    /// Characters a token, roughly.
    private static final double TOKEN_LENGTH = 4;

    private final RaceState state;
    private final Map<String, Double> rowSeconds = new HashMap<>();
    private final Map<String, Double> answerSeconds = new HashMap<>();
    private final Set<String> trained = new HashSet<>();
    private double promptTokenSeconds;

    Quotes(RaceState state) {
        this.state = state;
    }

    /// Note what a token of a prompt took.
    void measuredPrompt(double secondsPerToken) {
        promptTokenSeconds = secondsPerToken;
    }

    /// Note what an answer of an arm took.
    void measuredAnswer(Arm arm, double seconds) {
        answerSeconds.put(arm.id(), seconds);
    }

    /// Note what a row took in a first look at the training of a family. The figure of LoRA also gives one for full
    /// fine-tuning.
    void firstTraining(Arm.Trained arm, double secondsPerRow) {
        rowSeconds.put(arm.family(), secondsPerRow);
        if (arm.technique() instanceof Technique.Lora)
            rowSeconds.putIfAbsent(Technique.Full.ID, FULL_COST * secondsPerRow);
    }

    /// Note what a row took in a training of the race.
    void measuredTraining(Arm.Trained arm, double secondsPerRow) {
        firstTraining(arm, secondsPerRow);
        trained.add(arm.family());
    }

    double training(Arm arm, int rows, int trials) {
        double margin = trained.contains(arm.family()) ? MEASURED : GUESSED;
        return margin * rows * state.options().epochs() * trials * rowSeconds.getOrDefault(arm.family(), 1.0);
    }

    double scoring(Arm arm, int items) {
        Double measured = answerSeconds.get(arm.id());
        if (measured != null) return MEASURED * items * measured;
        return switch (arm) {
            case Arm.Majority() -> 0;
            case Arm.Prompted prompted ->
                GUESSED * promptTokenSeconds * (items * ownTokens(prompted) + sharedTokens(prompted));
            case Arm.Trained _ -> GUESSED * promptTokenSeconds * items * plainTokens();
        };
    }

    /// Tokens of a prompt that differ from message to message.
    private double ownTokens(Arm.Prompted arm) {
        return plainTokens() + (arm.sameDemos() ? 0 : demoTokens(arm));
    }

    /// Tokens that all prompts begin with: they are computed once.
    private double sharedTokens(Arm.Prompted arm) {
        return arm.sameDemos() ? demoTokens(arm) : 0;
    }

    private double plainTokens() {
        return state.arms().stream()
                .filter(record -> record.promptTokens > 0)
                .mapToDouble(record -> record.promptTokens)
                .min()
                .orElse(USUAL_PROMPT);
    }

    private double demoTokens(Arm.Prompted arm) {
        double text = state.split().train().stream()
                        .limit(100)
                        .mapToInt(row -> row.text().length())
                        .average()
                        .orElse(100)
                / TOKEN_LENGTH;
        return arm.demos() * (text + DEMO_FRAME);
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
