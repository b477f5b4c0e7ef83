package dev.savile.bench;

import dev.savile.common.DurableFiles;
import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.files.gguf.GgufConversion;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.text.ChatEncoder;
import dev.savile.text.JsonTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/// Write the default model as a folder that the peers can load: the same weights in bf16, the tokenizer, the chat
/// template.
final class PeerModel {
    private PeerModel() {}

    static Path folder() {
        var env = Env.ofProcess();
        Path target = env.home().resolve("models").resolve(".cache").resolve("peer-smollm2");
        Path source = new ModelLocator(env, Progress.none()).locateDefault().folder();
        if (Files.exists(target.resolve("tokenizer_config.json"))) return target;
        try {
            Files.createDirectories(target);
            Path narrow = source.resolve(GgufConversion.BF16_WEIGHTS);
            Files.copy(
                    Files.exists(narrow) ? narrow : source.resolve("model.safetensors"),
                    target.resolve("model.safetensors"),
                    StandardCopyOption.REPLACE_EXISTING);
            Files.copy(
                    source.resolve("config.json"), target.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
            ChatEncoder encoder = BaseModel.encoder(source);
            if (encoder.tokenizer() instanceof JsonTokenizer tokenizer)
                DurableFiles.write(target.resolve("tokenizer.json"), tokenizer.toTokenizerJson());
            Map<String, Object> config = new LinkedHashMap<>();
            config.put("tokenizer_class", "PreTrainedTokenizerFast");
            config.put("eos_token", "<|im_end|>");
            config.put("pad_token", "<|im_end|>");
            config.put("chat_template", encoder.template().source());
            DurableFiles.write(target.resolve("tokenizer_config.json"), Json.pretty(config));
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
