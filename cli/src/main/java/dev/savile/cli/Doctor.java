package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.Units;
import dev.savile.engine.Calibration;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Examine this computer and print what was found.
final class Doctor {
    private static final List<String> LIBRARIES = List.of(
            "savile-cli",
            "pytorch",
            "javacpp",
            "mkl",
            "openblas",
            "tokenizers",
            "jackson-databind",
            "fastcsv",
            "sqlite-jdbc");
    private static final Path CONTAINER_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final Path DRIVER = Path.of("/proc/driver/nvidia");

    private final Console console;

    Doctor(Console console) {
        this.console = console;
    }

    int examine() {
        Cpu cpu = Cpu.ofThisComputer();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("java", Runtime.version().toString());
        report.put("javaHome", System.getProperty("java.home", ""));
        report.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        report.put("cpu", cpu);
        report.put("memory", memory());
        report.put("disk", disk());
        report.put("libraries", Libraries.ofClassPath().only(LIBRARIES));
        report.put("gpu", gpu());
        report.put(
                "python",
                onPath("python3").or(() -> onPath("python")).map(Path::toString).orElse(""));
        report.put(
                "pip",
                onPath("pip3").or(() -> onPath("pip")).map(Path::toString).orElse(""));
        report.put("speed", speed(cpu));
        if (!console.json()) report.forEach(this::print);
        console.result(report);
        return ExitCode.OK;
    }

    private record MemoryFound(long totalBytes, long availableBytes, long containerLimitBytes) {}

    private record DiskFound(String home, long freeBytes) {}

    /// @param driver    as the driver tells it; empty where there is none
    /// @param name      of the first card; empty where the driver does not tell
    /// @param freeBytes of the first card; 0 where it cannot be used
    private record GpuFound(boolean usable, String driver, String name, long freeBytes) {
        String sentence() {
            String card = !name.isEmpty() ? name : driver.isEmpty() ? "a card" : "a driver is there (" + driver + ")";
            if (usable) return "CUDA works: " + card + ", " + Units.bytes(freeBytes) + " free; use --device cuda";
            if (driver.isEmpty()) return "none";
            return card
                    + ", but CUDA does not work: start with SAVILE_CUDA=1 for the build that uses it, on a driver of CUDA 13";
        }
    }

    private record Speed(String precision, int threads, double gigaflops) {}

    private record SpeedFound(List<Speed> measured, String bestPrecision, int bestThreads) {}

    private void print(String key, Object value) {
        switch (value) {
            case Cpu cpu -> {
                line("cpu", cpu.name());
                line("cores", cpu.physicalCores() + " (" + cpu.logicalCores() + " hardware threads)");
                line("features", cpu.features().isEmpty() ? "none of note" : String.join(" ", cpu.features()));
            }
            case MemoryFound memory ->
                line(
                        "memory",
                        Units.bytes(memory.availableBytes()) + " free of " + Units.bytes(memory.totalBytes())
                                + (memory.containerLimitBytes() > 0
                                        ? ", container limit " + Units.bytes(memory.containerLimitBytes())
                                        : ", no container limit"));
            case DiskFound disk -> line("disk", Units.bytes(disk.freeBytes()) + " free at " + disk.home());
            case GpuFound gpu -> line("gpu", gpu.sentence());
            case SpeedFound speed -> {
                for (Speed one : speed.measured())
                    line(
                            "speed",
                            String.format(
                                    Locale.ROOT,
                                    "%s, %d thread%s: %,.0f GFLOP/s",
                                    one.precision(),
                                    one.threads(),
                                    one.threads() == 1 ? "" : "s",
                                    one.gigaflops()));
                line("best", speed.bestPrecision() + ", --threads " + speed.bestThreads());
            }
            case Map<?, ?> libraries -> libraries.forEach((name, version) -> line("library", name + " " + version));
            default -> line(key, value.toString().isEmpty() ? "not found" : value.toString());
        }
    }

    private void line(String key, String value) {
        console.print(String.format(Locale.ROOT, "%-10s %s", key, value));
    }

    private static MemoryFound memory() {
        long total =
                ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean
                        ? bean.getTotalMemorySize()
                        : 0;
        return new MemoryFound(total, Memory.availableBytes(), containerLimitBytes());
    }

    private static long containerLimitBytes() {
        try {
            String text = Files.readString(CONTAINER_LIMIT).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        } catch (IOException e) {
            return 0; // no container, or a system without control groups
        }
    }

    private DiskFound disk() {
        Path home = console.env().home().toAbsolutePath();
        Path existing = home;
        while (!Files.exists(existing) && existing.getParent() != null) existing = existing.getParent();
        try {
            return new DiskFound(home.toString(), Files.getFileStore(existing).getUsableSpace());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GpuFound gpu() {
        Device device = Device.parse("cuda");
        boolean usable = EngineThread.call(device::available);
        long free = usable ? EngineThread.call(() -> Memory.availableBytes(device)) : 0;
        String driver = "";
        String name = "";
        try (Stream<String> lines = Files.lines(DRIVER.resolve("version"))) {
            driver = lines.findFirst().orElse("").strip();
            name = cardName();
        } catch (IOException e) {
            // no NVIDIA driver, or one that does not name its cards
        }
        return new GpuFound(usable, driver, name, free);
    }

    /// Name of the first card, as its driver lists it.
    private static String cardName() throws IOException {
        try (Stream<Path> cards = Files.list(DRIVER.resolve("gpus"))) {
            Path first = cards.sorted().findFirst().orElseThrow(IOException::new);
            return Files.readAllLines(first.resolve("information")).stream()
                    .filter(line -> line.startsWith("Model:"))
                    .map(line -> line.substring("Model:".length()).strip())
                    .findFirst()
                    .orElse("");
        }
    }

    private SpeedFound speed(Cpu cpu) {
        List<Integer> counts = cpu.physicalCores() > 1 ? List.of(1, cpu.physicalCores()) : List.of(1);
        try (Progress.Task task = console.progress().start("measuring matrix products", 0, "settings")) {
            Calibration.Result result = EngineThread.call(() -> Calibration.measure(counts));
            task.advance(result.timings().size());
            return new SpeedFound(
                    result.timings().stream()
                            .map(one -> new Speed(precision(one.dtype().toString()), one.threads(), one.gigaflops()))
                            .toList(),
                    precision(result.dtype().toString()),
                    result.threads());
        }
    }

    /// Return the word of `--precision` for an element type.
    private static String precision(String dtype) {
        return dtype.equals("F32") ? "fp32" : dtype.toLowerCase(Locale.ROOT);
    }

    private Optional<Path> onPath(String program) {
        return console.env().variable("PATH").stream()
                .flatMap(path -> Arrays.stream(path.split(java.io.File.pathSeparator)))
                .filter(folder -> !folder.isBlank())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
