package dev.savile.customization;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.technique.Technique;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.ia3.Ia3Spec;
import dev.savile.technique.ia3.Ia3Tuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PrefixTuning;
import dev.savile.technique.soft.SoftPromptTuning;
import dev.savile.technique.soft.SoftTuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;

/// Read and write adapters as PEFT does: `adapter_config.json` and `adapter_model.safetensors`.
///
/// An encoder that makes virtual tokens is kept beside them in `savile/encoder.safetensors`, which PEFT ignores:
/// training can go on from it.
public final class PeftFolder {
    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";
    private static final String ENCODER = "savile/encoder.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String BIAS = ".bias";

    private PeftFolder() {}

    /// Tell whether a folder holds an adapter in PEFT's layout.
    public static boolean isIn(Path folder) {
        Path config = folder.resolve(CONFIG);
        return Files.exists(config) && Json.tree(config).has("peft_type");
    }

    /// Return the technique of the adapter in a folder.
    ///
    /// @throws UserError `adapter.type` for one that is not known
    public static String technique(Path folder) {
        JsonNode config = Json.tree(folder.resolve(CONFIG));
        return switch (type(config)) {
            case "LORA" -> config.path("use_dora").asBoolean(false) ? Technique.Lora.DORA : Technique.Lora.ID;
            case PeftIa3Config.TYPE -> Technique.Ia3.ID;
            case PeftSoftConfig.PROMPT_TUNING -> Technique.PromptTuning.ID;
            case PeftSoftConfig.P_TUNING -> Technique.PTuning.ID;
            case PeftSoftConfig.PREFIX_TUNING -> Technique.Prefix.ID;
            default -> throw unknown(type(config));
        };
    }

    private static String type(JsonNode config) {
        return config.path("peft_type").asString("");
    }

    private static UserError unknown(String type) {
        return new UserError(
                "adapter.type",
                "the adapter is of type '" + type + "'",
                "known are LORA, IA3, PROMPT_TUNING, P_TUNING and PREFIX_TUNING",
                "merge it with the tool that made it, and use the merged model");
    }

    /// Read an adapter to use it.
    ///
    /// @throws UserError `adapter.base` for a model of another family than the adapter names; see
    ///         [AdapterTensors#read]
    public static TrainedTuning read(Path folder, CausalLm model) {
        return read(folder, model, 1);
    }

    private static TrainedTuning read(Path folder, CausalLm model, double plusRatio) {
        JsonNode config = Json.tree(folder.resolve(CONFIG));
        ForeignBase.ofPeft(config).requireFamily(folder, model.spec());
        Path weights = folder.resolve(WEIGHTS);
        return switch (type(config)) {
            case "LORA" -> {
                LoraSpec spec = PeftLoraConfig.read(config).withPlusRatio(plusRatio);
                requireTying(folder, config, spec, model.spec());
                String embedding = PREFIX + model.spec().names().embedding() + ".base_layer.weight";
                String head = PREFIX + model.spec().names().head() + ".weight";
                Set<String> copies = savesTied(spec, model.spec()) ? Set.of(embedding, head) : Set.of(embedding);
                yield AdapterTensors.read(
                        weights, PeftFolder::keys, copies, start -> LoraTuning.from(spec, model, start));
            }
            case PeftIa3Config.TYPE -> {
                Ia3Spec spec = PeftIa3Config.read(config);
                yield AdapterTensors.read(
                        weights, PeftFolder::keys, Set.of(), start -> Ia3Tuning.from(spec, model, start));
            }
            case PeftSoftConfig.PROMPT_TUNING -> {
                var technique = PeftSoftConfig.promptTuning(config, model.spec());
                yield AdapterTensors.read(
                        weights, List::of, Set.of(), start -> SoftPromptTuning.from(technique, model, start));
            }
            case PeftSoftConfig.P_TUNING -> {
                var technique = PeftSoftConfig.pTuning(config, model.spec());
                yield AdapterTensors.read(
                        weights, List::of, Set.of(), start -> SoftPromptTuning.finished(technique, model, start));
            }
            case PeftSoftConfig.PREFIX_TUNING -> {
                PrefixSpec spec = PeftSoftConfig.prefix(config, model.spec());
                yield AdapterTensors.read(
                        weights, List::of, Set.of(), start -> PrefixTuning.finished(spec, model, start));
            }
            default -> throw unknown(type(config));
        };
    }

    /// Whether an embedding is trained whole that is the head as well.
    private static boolean savesTied(LoraSpec spec, ModelSpec model) {
        return model.tiedHead() && spec.saved().stream().anyMatch(model.names().embedding()::endsWith);
    }

    /// A tied table is one table here. PEFT makes two of it unless its configuration says otherwise, and the head then
    /// stays the base's own. Folders that Savile wrote before it said so mean one.
    private static void requireTying(Path folder, JsonNode config, LoraSpec spec, ModelSpec model) {
        boolean one = config.path(PeftLoraConfig.TYING).asBoolean(false);
        boolean own = Files.exists(folder.resolve(Customization.MANIFEST));
        if (savesTied(spec, model) ? !one && !own : one && model.tiedHead())
            throw PeftJson.option(
                    PeftLoraConfig.TYING,
                    BooleanNode.valueOf(one), // what it says, or means by saying nothing
                    "this base's head is tied to its embedding, and what is learned of one would" + (one ? "" : " not")
                            + " hold for the other");
    }

    /// Read an adapter to train it further: where an encoder made its values and lies beside them, the encoder;
    /// else the values themselves.
    public static TrainedTuning readToTrain(Path folder, CausalLm model) {
        return readToTrain(folder, model, 1);
    }

    /// Read it with LoRA's learning rate of B over that of A, which PEFT's files do not have.
    public static TrainedTuning readToTrain(Path folder, CausalLm model, double plusRatio) {
        Path encoder = folder.resolve(ENCODER);
        return Files.exists(encoder) ? readToTrain(folder, encoder, model) : read(folder, model, plusRatio);
    }

    /// Read an adapter to train it further: where an encoder made its values, the encoder.
    ///
    /// @param encoder file of the encoder's values
    /// @throws UserError `adapter.encoder` when the encoder does not give the adapter's values
    public static TrainedTuning readToTrain(Path folder, Path encoder, CausalLm model) {
        JsonNode config = Json.tree(folder.resolve(CONFIG));
        TrainedTuning tuning =
                switch (type(config)) {
                    case PeftSoftConfig.P_TUNING -> {
                        var technique = PeftSoftConfig.pTuning(config, model.spec(), encoder);
                        yield AdapterTensors.read(
                                encoder, List::of, Set.of(), start -> SoftPromptTuning.from(technique, model, start));
                    }
                    case PeftSoftConfig.PREFIX_TUNING -> {
                        PrefixSpec spec = PeftSoftConfig.prefix(config, model.spec());
                        yield spec.projection() == 0
                                ? read(folder, model)
                                : AdapterTensors.read(
                                        encoder, List::of, Set.of(), start -> PrefixTuning.from(spec, model, start));
                    }
                    default -> read(folder, model);
                };
        requireSame(folder, tuning, model);
        return tuning;
    }

    /// Another processor rounds differently, so that the encoder's output may differ a little.
    private static void requireSame(Path folder, TrainedTuning tuning, CausalLm model) {
        if (!(tuning instanceof SoftTuning soft) || !soft.encoded()) return;
        try (var scope = Scope.open();
                var off = Grad.off();
                SoftTuning stored = (SoftTuning) read(folder, model)) {
            requireSame(folder, soft.vectors(), stored.vectors());
        } catch (UserError e) {
            tuning.close();
            throw e;
        }
    }

    /// @param made   vectors that an encoder gives
    /// @param stored those of the adapter in a folder
    /// @throws UserError `adapter.encoder` where they are others
    static void requireSame(Path folder, Tensor made, Tensor stored) {
        double largest = made.minus(stored).abs().max().item();
        if (largest <= 1e-5) return;
        throw new UserError(
                "adapter.encoder",
                "the encoder beside " + folder + " gives values that differ by up to " + largest
                        + " from those of the adapter",
                "it does not belong to them, so that training on from it would begin elsewhere",
                "restore the folder from a copy, or train anew");
    }

    /// Write an adapter. Values are fp32; the same values give the same bytes.
    public static void write(Path folder, TrainedTuning tuning, CausalLm model, String baseName) {
        boolean transposed = model.spec().names().transposed();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<SafetensorsWriter.Entry> entries = new ArrayList<>();
            Map<String, Object> config =
                    switch (tuning) {
                        case LoraTuning lora -> {
                            for (Trainable t : lora.trainables())
                                entries.add(AdapterTensors.entry(PREFIX + stored(t.name(), lora), lora.published(t)));
                            boolean tied = savesTied(lora.spec(), model.spec());
                            if (tied) entries.add(tiedHead(lora, model.spec()));
                            String embedding = model.spec().names().embedding();
                            if (lora.embeddingUpdate() != null)
                                entries.add(AdapterTensors.entry(
                                        PREFIX + embedding + ".base_layer.weight", model.embeddingTable()));
                            yield PeftLoraConfig.of(lora.published(), lora.adapted(), baseName, transposed, tied);
                        }
                        case Ia3Tuning ia3 -> {
                            add(entries, ia3, name -> PREFIX + name);
                            yield PeftIa3Config.of(ia3.spec(), baseName, transposed);
                        }
                        case SoftPromptTuning soft -> {
                            entries.add(AdapterTensors.entry(Encoder.TABLE, soft.vectors()));
                            yield PeftSoftConfig.of(soft.technique(), model.spec(), baseName);
                        }
                        case PrefixTuning prefix -> {
                            entries.add(AdapterTensors.entry(Encoder.TABLE, prefix.vectors()));
                            yield PeftSoftConfig.of(new Technique.Prefix(prefix.spec()), model.spec(), baseName);
                        }
                        default -> throw new IllegalArgumentException("PEFT has no layout for " + tuning.getClass());
                    };
            DurableFiles.write(folder.resolve(CONFIG), Json.prettySorted(config));
            AdapterTensors.write(folder.resolve(WEIGHTS), entries);
            if (tuning instanceof SoftTuning soft && soft.encoded()) {
                List<SafetensorsWriter.Entry> encoder = new ArrayList<>();
                add(encoder, tuning, name -> name);
                AdapterTensors.write(folder.resolve(ENCODER), encoder);
            }
        }
    }

    /// PEFT looks for a tied table under both of its names.
    private static SafetensorsWriter.Entry tiedHead(LoraTuning lora, ModelSpec model) {
        Tensor table =
                Objects.requireNonNull(lora.wholeParameters().get(model.names().embedding() + ".weight"));
        return AdapterTensors.entry(PREFIX + model.names().head() + ".weight", table);
    }

    private static void add(
            List<SafetensorsWriter.Entry> entries, TrainedTuning tuning, Function<String, String> nameInFile) {
        for (Trainable t : tuning.trainables())
            entries.add(AdapterTensors.entry(nameInFile.apply(t.name()), t.value()));
    }

    /// A bias of an adapted linear keeps the wrapper's name in PEFT's files.
    private static String stored(String name, LoraTuning lora) {
        if (!name.endsWith(BIAS)) return name;
        String module = module(name);
        return lora.adapted().contains(module) ? module + ".base_layer.bias" : name;
    }

    private static String module(String bias) {
        return bias.substring(0, bias.length() - BIAS.length());
    }

    private static List<String> keys(String name) {
        return name.endsWith(BIAS)
                ? List.of(PREFIX + name, PREFIX + module(name) + ".base_layer.bias")
                : List.of(PREFIX + name);
    }
}
