package dev.savile.common;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// Write files so that a crash leaves the old content or the new, never half of it: temporary file, force, rename,
/// force the parent.
public final class DurableFiles {
    private DurableFiles() {}

    /// Replace a file's content in one step.
    ///
    /// @throws UserError `disk.write` when the folder cannot be written
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Replace a file's content in one step.
    public static void write(Path file, byte[] bytes) {
        Path target = file.toAbsolutePath();
        Path folder = folderOf(target);
        Path temporary = folder.resolve(
                ".tmp-" + target.getFileName() + "-" + ProcessHandle.current().pid());
        try {
            Files.createDirectories(folder);
            try (FileChannel out = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) out.write(buffer);
                out.force(true);
            }
            moveInto(temporary, target);
        } catch (IOException e) {
            deleteQuietly(temporary);
            throw cannotWrite(file, e);
        }
    }

    /// Rename a finished file or folder over its final name and force the parent folder.
    public static void moveInto(Path temporary, Path target) {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(folderOf(target.toAbsolutePath()));
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /// Force a file's or folder's content to the disk. A folder that cannot be opened (Windows) is skipped.
    public static void force(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            if (!Files.isDirectory(path)) throw new UncheckedIOException(e);
        }
    }

    /// Delete a file or a whole folder; do nothing if it is not there.
    public static void delete(Path path) {
        if (!Files.exists(path)) return;
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path folder, @org.jspecify.annotations.Nullable IOException failure) throws IOException {
                    if (failure != null) throw failure;
                    Files.delete(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Say why a file could not be written; a full disk is told apart from a missing permission.
    public static UserError cannotWrite(Path file, IOException cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        boolean full = reason.contains("No space left");
        return UserError.resource(
                        full ? "disk.full" : "disk.write",
                        "cannot write " + file + " (" + cause.getClass().getSimpleName() + ": " + reason + ")",
                        "nothing half-written was left behind; what was there before is untouched",
                        full
                                ? "free some disk space and run the same command again"
                                : "choose a folder that you may write to")
                .causedBy(cause);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // The first failure is the one the user must hear of; the leftover's name says that it is temporary.
        }
    }

    private static Path folderOf(Path absolute) {
        Path parent = absolute.getParent();
        if (parent == null) throw new IllegalStateException("no folder above " + absolute);
        return parent;
    }
}
