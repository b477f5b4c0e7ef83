package dev.savile.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/// Read how much memory this process uses and how much the computer or container has left.
public final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path COMPUTER = Path.of("/proc/meminfo");
    private static final Path CONTAINER_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final Path CONTAINER_USE = Path.of("/sys/fs/cgroup/memory.current");
    private static final Path CONTAINER_PARTS = Path.of("/sys/fs/cgroup/memory.stat");

    private Memory() {}

    /// Return the resident bytes of this process.
    public static long residentBytes() {
        long fromStatus = 1024 * field(STATUS, "VmRSS:");
        return fromStatus > 0 ? fromStatus : Pointer.physicalBytes();
    }

    /// Return the largest resident size so far in bytes; 0 where the system does not tell.
    public static long peakBytes() {
        return 1024 * field(STATUS, "VmHWM:");
    }

    /// Return the resident bytes of this process as they were when libtorch was loaded and no tensor made: the Java
    /// machine with its heap, and the libraries.
    public static long bytesAtStart() {
        return Torch.bytesAtStart();
    }

    /// Return the bytes of native objects that JavaCPP knows of and that are not freed.
    public static long nativeBytes() {
        return Pointer.totalBytes();
    }

    /// Return what can still be allocated without swapping: the smaller of the computer's and the container's
    /// rest. Both count cached pages of files as free, mapped ones too.
    public static long availableBytes() {
        long available = 1024 * field(COMPUTER, "MemAvailable:");
        if (available == 0) available = Pointer.availablePhysicalBytes();
        long limit = number(CONTAINER_LIMIT);
        if (limit == 0) return available;
        long cached = field(CONTAINER_PARTS, "active_file ") + field(CONTAINER_PARTS, "inactive_file ");
        return Math.min(available, Math.max(0, limit - Math.max(0, number(CONTAINER_USE) - cached)));
    }

    /// Return the number in the line that begins with a name; 0 where there is none.
    private static long field(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file))
                if (line.startsWith(name)) return Long.parseLong(line.replaceAll("[^0-9]", ""));
        } catch (IOException e) {
            return 0; // not Linux, or no container: the caller has another way
        }
        return 0;
    }

    private static long number(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        } catch (IOException e) {
            return 0; // no container limit
        }
    }
}
