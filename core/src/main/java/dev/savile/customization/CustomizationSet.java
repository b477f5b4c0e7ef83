package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.UserError;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.PromptTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Customizations that are used together over one base: weights that change different places, and at most one
/// saved prompt, whose text is then used over the weights in place of the prompts that belong to them.
///
/// Their order says nothing: neither what they answer nor their digest depends on it.
///
/// @param parts in the order given; none for the base alone
public record CustomizationSet(List<Customization> parts) {
    /// @throws UserError `customization.twice`; `customization.prompts` for two saved prompts
    public CustomizationSet {
        parts = List.copyOf(parts);
        if (parts.stream().map(Customization::folder).distinct().count() < parts.size())
            throw new UserError(
                    "customization.twice",
                    "a customization was given twice",
                    "it is put over the base once",
                    "name each once");
        List<Customization> prompts =
                parts.stream().filter(CustomizationSet::isPrompt).toList();
        if (prompts.size() > 1)
            throw new UserError(
                    "customization.prompts",
                    "two prompts were given: " + prompts.get(0).folder() + " and "
                            + prompts.get(1).folder(),
                    "a message is asked by one prompt",
                    "name one of them; weights of other techniques go with it");
    }

    private static boolean isPrompt(Customization part) {
        return part.technique().equals(Technique.Prompt.ID);
    }

    /// The saved prompt among them.
    public Optional<Customization> prompt() {
        return parts.stream().filter(CustomizationSet::isPrompt).findFirst();
    }

    /// Those that change the model.
    public List<Customization> weights() {
        return parts.stream().filter(part -> !isPrompt(part)).toList();
    }

    /// The one whose prompt is used: the saved prompt, else one of the weights with a prompt of its own.
    ///
    /// @throws UserError `customization.prompts` for weights whose own prompts differ where no saved one decides
    public Optional<Customization> speaker() {
        if (prompt().isPresent()) return prompt();
        List<Customization> speaking =
                parts.stream().filter(part -> part.bundle().isPresent()).toList();
        for (Customization other : speaking)
            if (!other.bundle().equals(speaking.getFirst().bundle()))
                throw new UserError(
                        "customization.prompts",
                        speaking.getFirst().folder() + " and " + other.folder()
                                + " have different prompts of their own",
                        "a message is asked by one prompt, and it is not said which",
                        "name a saved prompt beside them, which is then used");
        return speaking.stream().findFirst();
    }

    /// The prompt that is used, if there is one.
    ///
    /// @throws UserError see [#speaker]
    public Optional<PromptBundle> bundle() {
        return speaker().flatMap(Customization::bundle);
    }

    /// Name what is put over the base by a digest: that of the one customization, or of all digests; empty for none.
    public String digest() {
        List<String> digests = parts.stream()
                .map(part -> Customization.digest(part.folder()))
                .sorted()
                .toList();
        return digests.size() > 1 ? Digest.ofText(String.join("\n", digests)) : String.join("", digests);
    }

    /// Name what changes the model by a digest; a prompt alone makes no other model.
    public String weightsDigest() {
        return new CustomizationSet(weights()).digest();
    }

    /// Put all of them over a base.
    ///
    /// @throws UserError those of [Customization#attach(BaseModel)]; `technique.combination` for two that
    ///         change the same places
    public Customization.Attached attach(BaseModel base) {
        return attach(part -> part.attach(base));
    }

    /// Put all of them over a decoder whose tokenizer plays no part.
    public Customization.Attached attach(CausalLm model) {
        return attach(part -> part.attach(model));
    }

    private Customization.Attached attach(Function<Customization, Customization.Attached> attaching) {
        List<Customization.Attached> attached = new ArrayList<>();
        Runnable release = () -> attached.reversed().forEach(Customization.Attached::close);
        try {
            for (Customization part : parts) attached.add(attaching.apply(part));
            return new Customization.Attached(together(attached), release);
        } catch (RuntimeException e) {
            release.run();
            throw e;
        }
    }

    private Tuning together(List<Customization.Attached> attached) {
        List<Integer> changing = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) if (!isPrompt(parts.get(i))) changing.add(i);
        if (changing.isEmpty()) return Tuning.NONE;
        if (changing.size() == 1) return attached.get(changing.getFirst()).tuning();
        Map<String, TrainedTuning> tunings = new LinkedHashMap<>();
        for (int i : changing) {
            Customization part = parts.get(i);
            switch (attached.get(i).tuning()) {
                case PromptTable _ -> throw alone(part, "its tokens stand where its tasks' own templates put them");
                case Combination several ->
                    several.parts().forEach((id, one) -> tunings.put(id + " of " + part.folder(), one));
                case TrainedTuning one -> tunings.put(part.technique() + " of " + part.folder(), one);
                default -> throw alone(part, "it changes every weight, which leaves nothing for others");
            }
        }
        return Combination.of(tunings);
    }

    private static UserError alone(Customization part, String why) {
        return new UserError(
                "technique.combination",
                part.folder() + " is of the technique " + part.technique(),
                why,
                "name no other weights beside it");
    }
}
