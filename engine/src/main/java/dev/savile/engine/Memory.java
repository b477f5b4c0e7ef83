package dev.savile.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;

/// Read how much memory this process uses and how much the computer or container, or a GPU, has left.
///
/// On a GPU libtorch keeps what was freed for the next tensors, so that what is in use there never falls; other
/// programs' share of it cannot be told apart.
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

    /// Return the bytes in use where tensors of a device lie: those of this process, or of the GPU.
    public static long residentBytes(Device device) {
        if (!device.gpu()) return residentBytes();
        try (var scope = Scope.open()) {
            var memory = torch.getMemoryInfo((byte) device.index());
            return memory.second() - memory.first();
        }
    }

    /// Return the largest size so far of what [#residentBytes(Device)] tells.
    public static long peakBytes(Device device) {
        return device.gpu() ? residentBytes(device) : peakBytes();
    }

    /// Return what tensors of a device can still take: see [#availableBytes()], or what is free on the GPU.
    public static long availableBytes(Device device) {
        if (!device.gpu()) return availableBytes();
        try (var scope = Scope.open()) {
            torch.emptyCache(); // what is kept for the next tensors is free
            return torch.getMemoryInfo((byte) device.index()).first();
        }
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
