package dev.savile.evaluate.task;

import dev.savile.technique.prompt.Demo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One question of a task.
///
/// @param id         number within the task, from 0, the same at every run
/// @param fields     what prompts may name
/// @param input      the question as the task words it
/// @param references answers that count as right; at least one
/// @param choices    answers to choose from, in the order of the task; empty where it has none of its own
/// @param slots      values that a text about the item is to mention; empty where the task has none
/// @param rationale  a way to the answer; empty for none
/// @param group      items of one group belong together; empty for an item on its own
/// @param place      file and line at which it begins, for messages
/// @param line       of the file at which it begins, from 1
public record TaskItem(
        int id,
        Map<String, String> fields,
        String input,
        List<String> references,
        List<String> choices,
        List<String> slots,
        String rationale,
        String group,
        String place,
        long line) {
    public TaskItem {
        fields = Map.copyOf(fields);
        references = List.copyOf(references);
        choices = List.copyOf(choices);
        slots = List.copyOf(slots);
    }

    /// The answer that a worked example shows.
    public String answer() {
        return references.getFirst();
    }

    /// Return the item as a worked example.
    public Demo demo() {
        return new Demo("", answer(), fields, rationale);
    }

    /// Return an item whose every field is one text.
    TaskItem saying(String text) {
        Map<String, String> said = new LinkedHashMap<>();
        fields.keySet().forEach(name -> said.put(name, text));
        return new TaskItem(id, said, text, references, choices, slots, rationale, group, place, line);
    }

    TaskItem withId(int other) {
        return new TaskItem(other, fields, input, references, choices, slots, rationale, group, place, line);
    }

    TaskItem withReferences(List<String> other) {
        return new TaskItem(id, fields, input, other, choices, slots, rationale, group, place, line);
    }
}
