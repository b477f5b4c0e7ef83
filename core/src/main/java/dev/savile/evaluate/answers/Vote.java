package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// Let several sampled answers to one question vote: self-consistency.
///
/// The value with the most votes wins; among equals the one whose first vote came first. An answer that could not be
/// read never votes. Drawing may stop as soon as the leader is ahead by more votes than samples are left: then no tie
/// is possible any more, so the result is that of all samples.
///
/// Values must be comparable before they vote, as [AnswerPipeline] makes them. *Use* where answers are short and
/// closed; *not* for free text. *Cost*: every sample is a whole generation. *Paper*: Wang et al., "Self-consistency
/// improves chain of thought reasoning in language models", 2022.
public final class Vote {
    private final int planned;
    private final Map<String, Integer> votes = new LinkedHashMap<>(); // in the order of first votes
    private int drawn;

    /// @param planned samples that would be drawn without stopping early, at least 1
    public Vote(int planned) {
        if (planned < 1) throw new IllegalArgumentException("a vote needs at least one sample, got " + planned);
        this.planned = planned;
    }

    /// What came of a vote.
    ///
    /// @param winner the value with the most votes; unparsed when no sample could be read
    /// @param drawn  samples that were drawn
    /// @param votes  votes of each value, in the order of first votes
    public record Outcome(Prediction winner, int drawn, Map<String, Integer> votes) {
        public Outcome {
            votes = Collections.unmodifiableMap(new LinkedHashMap<>(votes));
        }
    }

    /// Let all answers vote.
    public static Prediction of(List<Prediction> samples) {
        return first(samples, samples.size());
    }

    /// Let the first `k` answers vote: maj@k.
    public static Prediction first(List<Prediction> samples, int k) {
        var vote = new Vote(k);
        samples.subList(0, k).forEach(vote::add);
        return vote.winner();
    }

    /// Draw samples until the vote is settled.
    ///
    /// @param sample gives the answer of each sample, numbered from 0
    public static Outcome draw(int planned, IntFunction<Prediction> sample) {
        var vote = new Vote(planned);
        while (!vote.settled()) vote.add(sample.apply(vote.drawn));
        return new Outcome(vote.winner(), vote.drawn, vote.votes);
    }

    /// Take the next sample.
    public void add(Prediction sample) {
        if (drawn == planned) throw new IllegalStateException("all " + planned + " samples have voted");
        drawn++;
        if (sample instanceof Prediction.Parsed(String value)) votes.merge(value, 1, Integer::sum);
    }

    /// Whether no further sample can change the result.
    public boolean settled() {
        int most = 0;
        int next = 0;
        for (int count : votes.values()) {
            if (count > most) {
                next = most;
                most = count;
            } else {
                next = Math.max(next, count);
            }
        }
        int left = planned - drawn;
        return left == 0 || most - next > left;
    }

    /// Return the value that leads now.
    public Prediction winner() {
        String best = "";
        int most = 0;
        for (Map.Entry<String, Integer> value : votes.entrySet()) {
            if (value.getValue() <= most) continue;
            best = value.getKey();
            most = value.getValue();
        }
        return most == 0
                ? new Prediction.Unparsed("none of " + drawn + " samples could be read")
                : new Prediction.Parsed(best);
    }
}
