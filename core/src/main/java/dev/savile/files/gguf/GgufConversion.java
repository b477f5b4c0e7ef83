package dev.savile.files.gguf;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.files.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turn a GGUF file once into a Hugging Face folder that loads by mapping: fp32 as the file says, and the same
/// rounded to bf16.
public final class GgufConversion {
    /// Weights rounded to bf16, beside `model.safetensors`.
    public static final String BF16_WEIGHTS = "model-bf16.safetensors";

    public static final String TOKENIZER = "gguf-tokenizer.json";
    public static final String SOURCE = "source.json";

    /// Version of the tables; the first that is noted says what stands before a text.
    private static final int LAYOUT = 1;

    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d+)\\.([a-z_]+)\\.(weight|bias)");
    private static final Map<String, String> PARTS = new LinkedHashMap<>();

    static {
        PARTS.put("attn_norm", "input_layernorm");
        PARTS.put("attn_q", "self_attn.q_proj");
        PARTS.put("attn_k", "self_attn.k_proj");
        PARTS.put("attn_v", "self_attn.v_proj");
        PARTS.put("attn_output", "self_attn.o_proj");
        PARTS.put("ffn_norm", "post_attention_layernorm");
        PARTS.put("ffn_gate", "mlp.gate_proj");
        PARTS.put("ffn_up", "mlp.up_proj");
        PARTS.put("ffn_down", "mlp.down_proj");
    }

    private GgufConversion() {}

    /// Where a converted folder came from.
    ///
    /// @param digest SHA-256 of the GGUF file
    /// @param layout version of the tables beside the weights; null in folders made before there was one
    public record Source(
            String file,
            String digest,
            long sizeBytes,
            @Nullable Integer layout) {}

    /// Convert a file, or find the folder of an earlier conversion.
    ///
    /// @param cache folder for conversions; each has a sub-folder named after the file and its digest
    /// @throws UserError `gguf.architecture`, `gguf.tensor`, `gguf.type` and the faults of [GgufFile]
    public static Path convert(Path gguf, Path cache, Progress progress) {
        String digest = digest(gguf, cache);
        String name = gguf.getFileName().toString().replaceAll("(?i)\\.gguf$", "");
        Path folder = cache.resolve(name + "-" + digest.substring(0, 12));
        if (Files.isDirectory(folder)) {
            completeTables(gguf, folder);
            return folder;
        }
        Path temporary = cache.resolve(
                ".tmp-" + folder.getFileName() + "-" + ProcessHandle.current().pid());
        try (GgufFile file = GgufFile.open(gguf)) {
            DurableFiles.delete(temporary);
            Files.createDirectories(temporary);
            Map<String, Object> config = GgufConfig.of(gguf, file);
            write(file, config, temporary, progress);
            DurableFiles.write(temporary.resolve("config.json"), Json.prettySorted(config));
            DurableFiles.write(temporary.resolve(TOKENIZER), Json.line(GgufTables.of(file.metadata())));
            DurableFiles.write(
                    temporary.resolve(SOURCE),
                    Json.pretty(new Source(gguf.getFileName().toString(), digest, Files.size(gguf), LAYOUT)));
            try {
                DurableFiles.moveInto(temporary, folder);
            } catch (UserError e) {
                if (!Files.isDirectory(folder)) throw e; // another process was faster, with the same result
                DurableFiles.delete(temporary);
            }
            return folder;
        } catch (IOException e) {
            DurableFiles.delete(temporary);
            throw DurableFiles.cannotWrite(cache, e);
        } catch (RuntimeException e) {
            DurableFiles.delete(temporary);
            throw e;
        }
    }

    /// Write the tables of a conversion anew that was made before they said what stands before a text.
    private static void completeTables(Path gguf, Path folder) {
        Path note = folder.resolve(SOURCE);
        if (!Files.exists(note)) return;
        Source source = Json.read(note, Source.class);
        if (source.layout() != null) return;
        try (GgufFile file = GgufFile.open(gguf)) {
            DurableFiles.write(folder.resolve(TOKENIZER), Json.line(GgufTables.of(file.metadata())));
        }
        DurableFiles.write(note, Json.pretty(new Source(source.file(), source.digest(), source.sizeBytes(), LAYOUT)));
    }

    /// Digest the file, or recall the digest of a file of the same path, size and time.
    private static String digest(Path gguf, Path cache) {
        try {
            Path file = gguf.toRealPath();
            String key = Digest.ofText(file + "|" + Files.size(file) + "|"
                    + Files.getLastModifiedTime(file).toMillis());
            Path known = cache.resolve("digests").resolve(key.substring(0, 32));
            if (Files.exists(known)) return Files.readString(known).strip();
            String digest = Digest.ofFile(file);
            DurableFiles.write(known, digest + "\n");
            return digest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(GgufFile file, Map<String, Object> config, Path folder, Progress progress) {
        long values =
                file.names().stream().mapToLong(name -> file.info(name).count()).sum();
        try (Progress.Task task =
                        progress.start("reading the model for the first time", values / 1_000_000, "million values");
                Arena arena = Arena.ofConfined()) {
            List<SafetensorsWriter.Entry> wide = new ArrayList<>();
            List<SafetensorsWriter.Entry> narrow = new ArrayList<>();
            for (String name : file.names()) {
                GgufTensor tensor = file.info(name);
                MemorySegment floats = arena.allocate(tensor.count() * Float.BYTES, 64);
                file.dequantize(name, floats);
                String target = target(name);
                int heads = heads(target, config);
                MemorySegment ordered = heads == 0 ? floats : unpermuted(floats, tensor, heads, arena);
                wide.add(new SafetensorsWriter.Entry(target, DType.F32, tensor.shape(), ordered));
                narrow.add(new SafetensorsWriter.Entry(target, DType.BF16, tensor.shape(), rounded(ordered, arena)));
                task.advance(tensor.count() / 1_000_000);
            }
            SafetensorsWriter.write(folder.resolve("model.safetensors"), wide, Map.of("format", "pt"));
            SafetensorsWriter.write(folder.resolve(BF16_WEIGHTS), narrow, Map.of("format", "pt"));
        }
    }

    private static String target(String name) {
        if (name.equals("token_embd.weight")) return "model.embed_tokens.weight";
        if (name.equals("output_norm.weight")) return "model.norm.weight";
        if (name.equals("output.weight")) return "lm_head.weight";
        Matcher block = BLOCK.matcher(name);
        if (block.matches() && PARTS.containsKey(block.group(2)))
            return "model.layers." + block.group(1) + "." + PARTS.get(block.group(2)) + "." + block.group(3);
        throw new UserError(
                "gguf.tensor",
                "the file has a tensor that a Llama model does not have: " + name,
                "leaving it out would run another model",
                "use another file of this model");
    }

    /// Number of heads whose rows are in llama.cpp's order; 0 for tensors that are not.
    private static int heads(String target, Map<String, Object> config) {
        if (target.contains(".q_proj.")) return number(config, "num_attention_heads");
        if (target.contains(".k_proj.")) return number(config, "num_key_value_heads");
        return 0;
    }

    private static int number(Map<String, Object> config, String key) {
        return config.get(key) instanceof Number number ? number.intValue() : 0;
    }

    /// llama.cpp keeps the two rows of a rotary pair side by side within a head; Hugging Face keeps them half a
    /// head apart.
    private static MemorySegment unpermuted(MemorySegment floats, GgufTensor tensor, int heads, Arena arena) {
        long rows = tensor.shape()[0];
        long rowBytes = floats.byteSize() / rows;
        long half = rows / heads / 2;
        MemorySegment result = arena.allocate(floats.byteSize(), 64);
        for (int head = 0; head < heads; head++)
            for (long pair = 0; pair < half; pair++)
                for (int side = 0; side < 2; side++) {
                    long from = head * 2L * half + 2 * pair + side;
                    long to = head * 2L * half + side * half + pair;
                    MemorySegment.copy(floats, from * rowBytes, result, to * rowBytes, rowBytes);
                }
        return result;
    }

    private static MemorySegment rounded(MemorySegment floats, Arena arena) {
        long count = floats.byteSize() / Float.BYTES;
        MemorySegment result = arena.allocate(count * Short.BYTES, 64);
        for (long i = 0; i < count; i++) {
            int bits = floats.getAtIndex(ValueLayout.JAVA_INT, i);
            boolean nan = (bits & 0x7FFFFFFF) > 0x7F800000;
            int up = nan ? bits | 0x400000 : bits + 0x7FFF + ((bits >>> 16) & 1); // to the nearest, ties to even
            result.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (up >>> 16));
        }
        return result;
    }
}
