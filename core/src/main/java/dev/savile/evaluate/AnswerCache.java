package dev.savile.evaluate;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What one system answered already: a file that only grows, so that an evaluation that was cut off goes on where it
/// stopped, and a second one of the same costs nothing.
///
/// The system is named by everything that can change an answer; see [SystemKey]. Within it a question is named by its
/// tokens, or its text, and by what was asked of them. A line that a crash left half-written is dropped, nothing else.
public final class AnswerCache implements AutoCloseable {
    private static final String HEAD = "system";

    private final Map<String, JsonNode> known = new HashMap<>();
    private final List<String> pending = new ArrayList<>();
    private final Optional<FileChannel> channel;
    private long hits;

    private AnswerCache(Optional<FileChannel> channel) {
        this.channel = channel;
    }

    /// Keep nothing beyond this run.
    public static AnswerCache none() {
        return new AnswerCache(Optional.empty());
    }

    /// Open the file of a system, or begin it.
    ///
    /// @param folder of all systems
    /// @param system all that its answers depend on, a record or a map of texts
    /// @throws UserError `cache.other` for a file of another system; `file.unwritable`
    public static AnswerCache open(Path folder, Object system) {
        String digest = Digest.ofText(Json.canonical(system));
        Path file = folder.resolve(digest.substring(0, 16) + ".jsonl");
        try {
            Files.createDirectories(folder);
            var channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) { // another evaluation of the same writes now
                channel.close();
                return none();
            }
            var cache = new AnswerCache(Optional.of(channel));
            cache.load(file, digest, channel);
            return cache;
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return none();
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(file, e);
        }
    }

    private void load(Path file, String digest, FileChannel channel) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length; // behind the last whole line
        while (end > 0 && bytes[end - 1] != '\n') end--;
        List<String> lines =
                new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
        channel.truncate(end).position(end);
        if (end == 0) {
            write(channel, Json.line(Map.of(HEAD, digest)));
            return;
        }
        try {
            JsonNode head = Json.lenient().readTree(lines.getFirst());
            if (!head.path(HEAD).asString("").equals(digest)) {
                channel.close();
                throw new UserError(
                        "cache.other",
                        file + " holds the answers of another system",
                        "they would be taken for this one's",
                        "remove the file");
            }
            for (String text : lines.subList(1, lines.size())) {
                JsonNode line = Json.lenient().readTree(text);
                known.put(line.path("key").asString(""), line.path("value"));
            }
        } catch (JacksonException e) {
            channel.close();
            throw new UserError(
                            "cache.broken",
                            file + " is damaged: " + Json.problem(e),
                            "its answers cannot be trusted",
                            "remove the file; its questions are asked again")
                    .causedBy(e);
        }
    }

    /// Name a question.
    ///
    /// @param prompt token ids
    /// @param asked  what is wanted of them: labels' tokens, or how an answer is written
    public static String key(int[] prompt, Object asked) {
        return Digest.ofText(Json.canonical(List.of(prompt, asked)));
    }

    /// Name a question that is asked in words.
    ///
    /// @param asked what is wanted of it
    public static String key(String prompt, Object asked) {
        return Digest.ofText(Json.canonical(List.of(prompt, asked)));
    }

    public Optional<JsonNode> find(String key) {
        Optional<JsonNode> found = Optional.ofNullable(known.get(key));
        if (found.isPresent()) hits++;
        return found;
    }

    /// Keep an answer; it is on disk after the next [#save].
    public void put(String key, Object value) {
        Map<String, Object> line = Map.of("key", key, "value", value);
        String text = Json.line(line);
        known.put(key, Json.lenient().readTree(text).path("value"));
        pending.add(text);
    }

    /// Forget what was answered since it was opened, for questions that are to be asked anew.
    public void forget() {
        known.clear();
        pending.clear();
    }

    /// Write what came since the last time, so that it survives a crash.
    ///
    /// @throws UserError `file.unwritable`
    public void save() {
        if (pending.isEmpty()) return;
        channel.ifPresent(open -> {
            try {
                write(open, String.join("\n", pending));
                open.force(false);
            } catch (IOException e) {
                throw DurableFiles.cannotWrite(Path.of("the answers' cache"), e);
            }
        });
        pending.clear();
    }

    private static void write(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) channel.write(bytes);
    }

    /// Questions that were answered from it.
    public long hits() {
        return hits;
    }

    @Override
    public void close() {
        save();
        channel.ifPresent(open -> {
            try {
                open.close();
            } catch (IOException e) {
                throw DurableFiles.cannotWrite(Path.of("the answers' cache"), e);
            }
        });
    }
}
