package dev.savile.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Read the metadata of a GGUF file that is known to be sound.
final class GgufTables {
    private static final int HEADER_BYTES = 8 << 20;

    private final ByteBuffer in;

    private GgufTables(ByteBuffer in) {
        this.in = in;
    }

    static Map<String, Object> read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = Math.min(channel.size(), HEADER_BYTES);
            ByteBuffer buffer =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, size).order(ByteOrder.LITTLE_ENDIAN);
            return new GgufTables(buffer).metadata();
        }
    }

    static GgufVocabulary vocabulary(Path file) throws IOException {
        Map<String, Object> metadata = read(file);
        return new GgufVocabulary(
                String.valueOf(metadata.get("tokenizer.ggml.model")),
                metadata.getOrDefault("tokenizer.ggml.pre", "default").toString(),
                list(metadata, "tokenizer.ggml.tokens").stream()
                        .map(Object::toString)
                        .toList(),
                list(metadata, "tokenizer.ggml.token_type").stream()
                        .map(type -> ((Number) type).intValue())
                        .toList(),
                list(metadata, "tokenizer.ggml.merges").stream()
                        .map(Object::toString)
                        .toList(),
                -1,
                null);
    }

    private static List<?> list(Map<String, Object> metadata, String key) {
        return (List<?>) metadata.getOrDefault(key, List.of());
    }

    private Map<String, Object> metadata() {
        in.position(16);
        long count = in.getLong();
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            String key = text();
            metadata.put(key, value(in.getInt()));
        }
        return metadata;
    }

    private String text() {
        byte[] bytes = new byte[Math.toIntExact(in.getLong())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
        return switch (type) {
            case 0, 1 -> in.get();
            case 7 -> in.get() != 0;
            case 2, 3 -> in.getShort();
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 8 -> text();
            case 9 -> {
                int itemType = in.getInt();
                long length = in.getLong();
                List<Object> items = new ArrayList<>();
                for (long i = 0; i < length; i++) items.add(value(itemType));
                yield items;
            }
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IllegalArgumentException("GGUF value type " + type);
        };
    }
}
