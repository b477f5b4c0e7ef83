package dev.savile.cli;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.technique.prompt.PromptBundle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A message as `--prompt` and `--field` give it.
///
/// @param text   empty for none
/// @param fields by name
record MessageFields(String text, Map<String, String> fields) {
    MessageFields {
        if (text.isEmpty() && fields.isEmpty())
            throw new UserError(
                    "generate.prompt",
                    "the prompt is empty",
                    "there is nothing to answer",
                    "give a text with --prompt, or the fields of a saved prompt with --field NAME=TEXT");
    }

    /// Refuse fields where there is no template to put them in.
    ///
    /// @throws UserError `generate.field`
    String textAlone() {
        if (!fields.isEmpty())
            throw new UserError(
                    "generate.field",
                    "--field is given, and no saved prompt is in use",
                    "fields go into a prompt's template",
                    "name a saved prompt or another customization with --with, without --system and --raw; or write"
                            + " the message with --prompt");
        return text;
    }

    /// Return the values of a prompt's fields: those given, and the text in the one that they leave open.
    ///
    /// @throws UserError `prompt.field` for a field that the template does not have, or lacks
    Map<String, String> of(PromptBundle bundle) {
        if (fields.isEmpty()) return bundle.fieldsOf(text);
        List<String> asked = bundle.inputFields();
        for (String name : fields.keySet())
            if (!asked.contains(name))
                throw new UserError(
                        "prompt.field",
                        "the prompt has no field '" + name + "'",
                        "it would not reach the model",
                        Nearest.hint(name, asked) + "the fields are: " + String.join(", ", asked));
        List<String> open =
                asked.stream().filter(name -> !fields.containsKey(name)).toList();
        int places = text.isEmpty() ? 0 : 1;
        if (open.size() > places)
            throw new UserError(
                    "prompt.field",
                    "the prompt asks for {" + String.join("}, {", open) + "} too",
                    "that part of it would be missing",
                    "add "
                            + String.join(
                                    " ",
                                    open.stream()
                                            .map(name -> "--field " + name + "=...")
                                            .toList()));
        if (open.size() < places)
            throw new UserError(
                    "prompt.field",
                    "--prompt is given beside all fields of the prompt",
                    "there is no place left for it",
                    "leave --prompt away");
        Map<String, String> values = new LinkedHashMap<>(fields);
        open.forEach(name -> values.put(name, text));
        return values;
    }
}
