package dev.savile.model;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Precision;
import dev.savile.files.gguf.GgufConversion;
import dev.savile.files.gguf.GgufTables;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.model.family.Families;
import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.GgufVocabulary;
import dev.savile.text.JsonTokenizer;
import dev.savile.text.SpecialTokens;
import dev.savile.text.Tokenizer;
import dev.savile.text.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// A base model with everything that belongs to it: decoder, tokenizer, chat template, end tokens.
///
/// @param name    as it is shown
/// @param files   where it was found
/// @param digest  SHA-256 of the file that the weights come from
/// @param model   the decoder
/// @param encoder tokenizer and chat template
/// @param endIds  tokens that end an answer
public record BaseModel(
        String name, ModelFiles files, String digest, CausalLm model, ChatEncoder encoder, List<Integer> endIds)
        implements AutoCloseable {
    /// Load a model. Call it on the engine's thread.
    ///
    /// @throws UserError when config.json, tokenizer or weights do not fit together
    public static BaseModel load(ModelFiles files, Precision precision, Device device) {
        return load(files, precision, device, WeightStorage.WHOLE);
    }

    /// Load a model with the weights of its layers' linears in a form of fewer bits.
    public static BaseModel load(ModelFiles files, Precision precision, Device device, WeightStorage storage) {
        Path folder = files.folder();
        ChatEncoder encoder = encoder(folder);
        CausalLm model = decoder(folder, precision, device, storage);
        int vocabulary = model.spec().vocabulary();
        if (encoder.tokenizer().vocabularySize() > vocabulary)
            throw new UserError(
                    "model.vocabulary",
                    "the tokenizer knows " + encoder.tokenizer().vocabularySize() + " tokens, the model " + vocabulary,
                    "some texts could not be fed to the model",
                    "check that tokenizer and weights belong together");
        return new BaseModel(files.name(), files, digest(folder), model, encoder, endIds(folder, encoder));
    }

    /// Read the shape of a folder's model; its weights are not loaded.
    public static ModelSpec spec(Path folder) {
        return Families.spec(Json.tree(folder.resolve("config.json")));
    }

    /// Load the decoder alone, for a folder that needs no tokenizer.
    public static CausalLm decoder(Path folder, Precision precision, Device device) {
        return decoder(folder, precision, device, WeightStorage.WHOLE);
    }

    /// Load the decoder alone with the weights of its layers' linears in a form of fewer bits.
    public static CausalLm decoder(Path folder, Precision precision, Device device, WeightStorage storage) {
        ModelSpec spec = spec(folder);
        boolean narrow = precision.linear() == DType.BF16 && Files.exists(folder.resolve(GgufConversion.BF16_WEIGHTS));
        if (narrow)
            return decoder(spec, List.of(folder.resolve(GgufConversion.BF16_WEIGHTS)), precision, device, storage);
        return decoder(spec, weightFiles(folder), precision, device, storage);
    }

    private static CausalLm decoder(
            ModelSpec spec, List<Path> files, Precision precision, Device device, WeightStorage storage) {
        List<SafetensorsFile> open = new ArrayList<>();
        for (Path file : files) open.add(Safetensors.open(file));
        return CausalLm.of(spec, MappedWeights.of(open, precision.linear(), device), storage, precision, device);
    }

    /// The files of a folder's weights: one, or the shards that the index names.
    static List<Path> weightFiles(Path folder) {
        Path index = folder.resolve("model.safetensors.index.json");
        if (!Files.exists(index)) return List.of(folder.resolve("model.safetensors"));
        TreeSet<String> shards = new TreeSet<>();
        for (JsonNode shard : Json.tree(index).path("weight_map")) shards.add(shard.asString());
        List<Path> files = new ArrayList<>();
        for (String shard : shards) {
            Path file = folder.resolve(shard).normalize();
            if (!file.startsWith(folder.normalize()) || !Files.exists(file))
                throw new UserError(
                        "model.shard",
                        "the index of " + folder + " names " + shard + ", which is not there",
                        "a part of the weights is missing",
                        "copy the whole folder, or fetch the model again");
            files.add(file);
        }
        return files;
    }

    /// Read a folder's tokenizer and chat template.
    public static ChatEncoder encoder(Path folder) {
        if (Files.exists(folder.resolve(GgufConversion.TOKENIZER))) {
            GgufTables tables = Json.read(folder.resolve(GgufConversion.TOKENIZER), GgufTables.class);
            JsonTokenizer tokenizer = Tokenizers.fromGguf(new GgufVocabulary(
                    tables.model(),
                    tables.preTokenizer(),
                    tables.tokens(),
                    tables.tokenTypes(),
                    tables.merges(),
                    tables.beginning(),
                    tables.addBeginning()));
            SpecialTokens special = new SpecialTokens(
                    token(tables, tables.beginning()),
                    token(tables, tables.end()),
                    token(tables, tables.padding()),
                    "");
            return new ChatEncoder(tokenizer, template(tables.chatTemplate(), special));
        }
        JsonTokenizer file = Tokenizers.fromFile(folder.resolve("tokenizer.json"));
        Path configFile = folder.resolve("tokenizer_config.json");
        JsonNode config = Files.exists(configFile)
                ? Json.tree(configFile)
                : Json.lenient().createObjectNode();
        SpecialTokens special = new SpecialTokens(
                special(config, "bos_token"), special(config, "eos_token"), special(config, "pad_token"), "");
        return new ChatEncoder(leading(file, config, special), template(templateSource(folder, config), special));
    }

    /// For Llama's own tokenizer classes transformers goes by what the configuration says of BOS, for all others by the
    /// tokenizer's file.
    private static Tokenizer leading(JsonTokenizer file, JsonNode config, SpecialTokens special) {
        JsonNode adds = config.path("add_bos_token");
        boolean own = config.path("tokenizer_class").asString("").matches("LlamaTokenizer(Fast)?");
        if (!own || !adds.isBoolean()) return file;
        OptionalInt id = file.idOf(special.beginning());
        return adds.booleanValue() && id.isPresent() ? file.leading(id.getAsInt()) : file.leading();
    }

    private static ChatTemplate template(String source, SpecialTokens special) {
        return source.isBlank()
                ? ChatTemplate.plain(special)
                : ChatTemplate.of(source, special, Clock.system(java.time.ZoneId.systemDefault()));
    }

    private static String templateSource(Path folder, JsonNode config) {
        Path file = folder.resolve("chat_template.jinja");
        try {
            if (Files.exists(file)) return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        JsonNode inline = config.path("chat_template");
        if (inline.isString()) return inline.stringValue();
        for (JsonNode named : inline)
            if (named.path("name").asString("").equals("default"))
                return named.path("template").asString("");
        return "";
    }

    private static String special(JsonNode config, String key) {
        JsonNode value = config.path(key);
        return value.isObject() ? value.path("content").asString("") : value.asString("");
    }

    private static String token(GgufTables tables, int id) {
        return id < 0 || id >= tables.tokens().size() ? "" : tables.tokens().get(id);
    }

    private static List<Integer> endIds(Path folder, ChatEncoder encoder) {
        TreeSet<Integer> ids = new TreeSet<>();
        encoder.endOfTurnId().ifPresent(ids::add);
        for (String name : List.of("generation_config.json", "config.json")) {
            Path file = folder.resolve(name);
            if (!Files.exists(file)) continue;
            JsonNode end = Json.tree(file).path("eos_token_id");
            if (end.isIntegralNumber()) ids.add(end.intValue());
            for (JsonNode id : end) ids.add(id.intValue());
        }
        String end = encoder.template().tokens().end();
        if (!end.isEmpty()) encoder.tokenizer().idOf(end).ifPresent(ids::add);
        return List.copyOf(ids);
    }

    /// The digest that was noted at conversion, else that of the weights, file by file.
    private static String digest(Path folder) {
        Path source = folder.resolve(GgufConversion.SOURCE);
        if (Files.exists(source))
            return Json.read(source, GgufConversion.Source.class).digest();
        var parts = new TreeMap<String, String>();
        for (Path file : weightFiles(folder)) parts.put(file.getFileName().toString(), Digest.ofFile(file));
        return parts.size() == 1 ? parts.firstEntry().getValue() : Digest.ofText(Json.canonical(parts));
    }

    @Override
    public void close() {
        model.close();
    }
}
