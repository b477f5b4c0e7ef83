package dev.savile.cli;

import java.util.List;

/// List what the command line can do, in the order in which help shows it.
final class Verbs {
    private Verbs() {}

    static List<Verb> all(Console console) {
        return List.of(
                new SelectVerb(console),
                new TuneVerb(console),
                new PromptVerb(console),
                new EvalVerb(console),
                new ChatVerb(console),
                new GenerateVerb(console),
                new LogitsVerb(console),
                new ShowVerb(console),
                new MergeVerb(console),
                new CombineVerb(console),
                new TasksVerb(console),
                new CustomizationsVerb(console),
                new RollbackVerb(console),
                new ModelsVerb(console),
                new RunsVerb(console),
                new DoctorVerb(console));
    }
}
