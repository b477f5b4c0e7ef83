package dev.savile.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/// Read how much memory this process uses and how much the computer or container has left.
public final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CONTAINER_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final Path CONTAINER_USE = Path.of("/sys/fs/cgroup/memory.current");

    private Memory() {}

    /// Return the resident bytes of this process.
    public static long residentBytes() {
        long fromStatus = statusBytes("VmRSS:");
        return fromStatus > 0 ? fromStatus : Pointer.physicalBytes();
    }

    /// Return the largest resident size so far in bytes; 0 where the system does not tell.
    public static long peakBytes() {
        return statusBytes("VmHWM:");
    }

    /// Return the bytes of native objects that JavaCPP knows of and that are not freed.
    public static long nativeBytes() {
        return Pointer.totalBytes();
    }

    /// Return what can still be allocated without swapping: the smaller of the computer's and the container's
    /// rest.
    public static long availableBytes() {
        long available = meminfoBytes("MemAvailable:");
        if (available == 0) available = Pointer.availablePhysicalBytes();
        long limit = number(CONTAINER_LIMIT);
        return limit > 0 ? Math.min(available, Math.max(0, limit - number(CONTAINER_USE))) : available;
    }

    private static long statusBytes(String field) {
        return kilobytes(STATUS, field);
    }

    private static long meminfoBytes(String field) {
        return kilobytes(Path.of("/proc/meminfo"), field);
    }

    private static long kilobytes(Path file, String field) {
        try {
            for (String line : Files.readAllLines(file))
                if (line.startsWith(field)) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        } catch (IOException e) {
            return 0; // not Linux: the caller has another way
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
