package dev.savile.evaluate.report;

import dev.savile.evaluate.task.RequestTimes;
import dev.savile.evaluate.task.TaskResult;
import java.util.Optional;

/// One system of a report: what it reached, and what it was.
///
/// @param requests how long single requests take; empty where they were not timed
public record ReportedSystem(TaskResult result, Applied applied, Optional<RequestTimes> requests) {
    public ReportedSystem(TaskResult result, Applied applied) {
        this(result, applied, Optional.empty());
    }

    public String name() {
        return result.system();
    }
}
