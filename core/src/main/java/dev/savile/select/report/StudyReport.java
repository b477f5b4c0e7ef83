package dev.savile.select.report;

import dev.savile.data.DataProfile;
import dev.savile.evaluate.metrics.Score;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything a race found, as plain data: the page, the table and the JSON are made of it and of nothing else.
///
/// @param sentence      the recommendation and its reason
/// @param statuses      how firmly it stands
/// @param chosen        id of the recommended arm
/// @param customization where it was saved
/// @param split         sizes of TRAIN, SELECT and TEST
/// @param notes         what the reader must know to judge the figures
/// @param leftOut       what this version does not do yet
/// @param confusion     of the chosen arm on TEST (on SELECT without one)
/// @param reproduction  digests, seeds, versions
public record StudyReport(
        String title,
        String created,
        String model,
        String source,
        double budgetSeconds,
        double spentSeconds,
        String sentence,
        List<String> statuses,
        String chosen,
        String customization,
        double tolerance,
        DataProfile profile,
        Map<String, Integer> split,
        List<ArmReport> arms,
        @Nullable Matrix confusion,
        List<Item> items,
        List<String> notes,
        List<String> leftOut,
        Map<String, String> reproduction) {
    /// One arm.
    ///
    /// @param status       `final`, `rejected`, `paused for lack of time`
    /// @param reason       why it left the race; empty for finalists
    /// @param rate         learning rate chosen; 0 for prompts
    /// @param difference   to the best arm on SELECT, in words with its interval; empty for the best itself
    /// @param verdict      against the best
    /// @param promptTokens tokens of a request
    public record ArmReport(
            String id,
            String technique,
            String description,
            boolean baseline,
            String status,
            String reason,
            double rate,
            List<Score> select,
            List<Score> test,
            String difference,
            String verdict,
            double promptTokens,
            double secondsPerThousand,
            double trainSeconds,
            double quotedSeconds,
            long artifactBytes,
            long peakBytes,
            List<RungReport> rungs,
            List<RateReport> rates) {
        /// Accuracy on a split, if it was measured.
        public @Nullable Score accuracy(boolean onTest) {
            return (onTest ? test : select)
                    .stream()
                            .filter(score -> score.metric().equals("accuracy"))
                            .findFirst()
                            .orElse(null);
        }
    }

    /// Accuracy on the first items of SELECT after training on so many rows.
    public record RungReport(int rows, int items, double accuracy) {}

    /// Loss on inner dev rows at a learning rate.
    public record RateReport(int rows, double rate, double loss) {}

    /// Counts by gold label (rows) and predicted label (columns).
    public record Matrix(String split, List<String> labels, int[][] counts) {}

    /// An item that was scored, and what each arm said.
    ///
    /// @param answers label by arm
    public record Item(String split, int id, String text, String gold, Map<String, String> answers) {}
}
