package dev.savile.evaluate.report;

import dev.savile.evaluate.task.TaskResult;

/// One system of a report: what it reached, and what it was.
public record ReportedSystem(TaskResult result, Applied applied) {
    public String name() {
        return result.system();
    }
}
