package dev.savile.train;

import dev.savile.common.UserError;
import dev.savile.data.Example;
import dev.savile.technique.soft.TaskIds;
import dev.savile.technique.soft.TaskTemplate;
import dev.savile.text.ChatEncoder;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turn rows of tasks into token ids by the templates of the tasks.
public final class TaskEncoder {
    private final ChatEncoder encoder;
    private final TaskIds tasks;
    private final int maxTokens;

    /// @param maxTokens longest row, virtual tokens included
    public TaskEncoder(ChatEncoder encoder, TaskIds tasks, int maxTokens) {
        this.encoder = encoder;
        this.tasks = tasks;
        this.maxTokens = maxTokens;
    }

    /// Fields that a file has for other tasks are empty in the rows of this one.
    private static Map<String, String> own(TaskTemplate template, Map<String, String> fields) {
        Map<String, String> own = new LinkedHashMap<>(fields);
        own.entrySet()
                .removeIf(field ->
                        field.getValue().isEmpty() && !template.fields().contains(field.getKey()));
        return own;
    }

    /// Encode rows. Those without an answer teach nothing and are counted as such.
    ///
    /// @throws UserError `task.missing`, `task.field`; `train.too-long`, `train.unlearned` for more than 5 %;
    ///         `train.kind` for a row of no task
    public EncodedRows encode(List<Example> examples) {
        int end = encoder.tokenizer().idOf(encoder.template().tokens().end()).orElse(-1);
        List<TrainingRow> rows = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        List<RowPlace> tooLong = new ArrayList<>();
        List<RowPlace> unlearned = new ArrayList<>();
        for (Example example : examples) {
            if (!(example instanceof Example.Task task))
                throw new UserError(
                        "train.kind",
                        "line " + example.line() + " names no task",
                        "rows of a prompt table belong to tasks",
                        "give each row a taskname");
            TaskTemplate template = tasks.template(task.task());
            TrainingRow row = template.encode(
                    own(template, task.fields()),
                    encoder.tokenizer(),
                    tasks.first(task.task()),
                    tasks.vocabulary(),
                    maxTokens,
                    end);
            RowPlace place = RowPlace.line(example.line());
            String answer =
                    template.answerField() == null ? null : task.fields().get(template.answerField());
            if (row == null) tooLong.add(place);
            else if (row.learnedTokens() == 0 || (answer != null && answer.isBlank())) unlearned.add(place);
            else {
                rows.add(row);
                places.add(place);
            }
        }
        return new EncodedRows(rows, places, tooLong, unlearned, 0)
                .requireMost(
                        examples.size(),
                        maxTokens + " tokens",
                        "set truncate_field in their templates, or use shorter rows");
    }
}
