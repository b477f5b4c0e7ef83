package dev.savile.model;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Calibration;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Precision;
import dev.savile.engine.Threads;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// What was measured on this computer: which precision and how many threads its matrix products like best. Kept in
/// `machine.json`, and measured again when the CPU or the library changes, or when the computer is quiet and was busy
/// the first time: beside other work fewer threads look better than they are.
///
/// @param cpu       name of the CPU and number of cores
/// @param library   version of libtorch
/// @param precision `fp32` or `bf16`
/// @param threads   number of threads
/// @param timings   all settings tried
/// @param load      processes that wanted to run when it was measured, for each core; 0 where that is not known
public record Machine(String cpu, String library, String precision, int threads, List<Timing> timings, double load) {
    /// Up to this load a computer counts as quiet.
    private static final double QUIET = 0.3;

    /// Share of the best speed from which more threads are preferred to fewer beside other work.
    private static final double NEARLY = 2 / 3.0;

    private static final String FILE = "machine.json";
    static final String LIBRARY = "libtorch 2.10.0";

    /// One setting and what it reached.
    public record Timing(String precision, int threads, double gigaflops) {}

    public Machine {
        timings = List.copyOf(timings);
    }

    /// Read what is known of this computer, or measure it. Call it on the engine's thread.
    public static Machine of(Path home) {
        String cpu = cpuName();
        double load = currentLoad();
        return of(home, cpu, load, () -> measured(cpu, load));
    }

    static Machine of(Path home, String cpu, double load, Supplier<Machine> measure) {
        Path file = home.resolve(FILE);
        if (Files.exists(file)) {
            try {
                Machine known = Json.read(file, Machine.class);
                boolean same = known.cpu().equals(cpu) && known.library().equals(LIBRARY);
                if (same && (known.load() <= QUIET || load > QUIET)) return known;
            } catch (UserError e) {
                // an older or damaged file: measured again below
            }
        }
        Machine measured = measure.get();
        DurableFiles.write(file, Json.pretty(measured));
        return measured;
    }

    private static Machine measured(String cpu, double load) {
        int cores = Runtime.getRuntime().availableProcessors();
        List<Integer> counts = new ArrayList<>(List.of(1));
        for (int count = 2; count < cores; count *= 2) counts.add(count);
        if (cores > 1) counts.add(cores);
        Calibration.Result result = Calibration.measure(counts);
        List<Timing> timings = result.timings().stream()
                .map(t -> new Timing(
                        t.dtype() == DType.BF16 ? "bf16" : "fp32", t.threads(), Math.round(10 * t.gigaflops()) / 10.0))
                .toList();
        String precision = result.dtype() == DType.BF16 ? "bf16" : "fp32";
        return new Machine(cpu, LIBRARY, precision, threads(timings, precision, load), timings, load);
    }

    /// The number of threads to use: the fastest, or beside other work the largest that is nearly as fast. A long run
    /// that was begun in a busy moment would otherwise leave cores idle to its end.
    static int threads(List<Timing> timings, String precision, double load) {
        List<Timing> same = timings.stream()
                .filter(timing -> timing.precision().equals(precision))
                .toList();
        double best = same.stream().mapToDouble(Timing::gigaflops).max().orElseThrow();
        double least = load > QUIET ? NEARLY * best : best;
        return same.stream()
                .filter(timing -> timing.gigaflops() >= least)
                .mapToInt(Timing::threads)
                .max()
                .orElseThrow();
    }

    /// Mean number of processes that wanted to run in the last minute, for each core.
    private static double currentLoad() {
        double all = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(); // negative: unknown
        return Math.max(0, Math.round(100 * all / Runtime.getRuntime().availableProcessors()) / 100.0);
    }

    private static String cpuName() {
        String name = System.getProperty("os.arch");
        try {
            name = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(name);
        } catch (java.io.IOException e) {
            // not Linux: the architecture has to do
        }
        return name + ", " + Runtime.getRuntime().availableProcessors() + " cores";
    }

    /// How a process computes.
    public record Compute(Precision precision, Device device, int threads) {}

    /// Settle precision, device and threads from what the user said and what was measured, and put the threads to
    /// use.
    ///
    /// @param precision `auto`, `fp32` or `bf16`
    /// @param threads   0 for the measured number
    /// @throws UserError `device.missing` for a device that is not there
    public static Compute resolve(Path home, String precision, String device, int threads) {
        Device chosen = Device.parse(device);
        if (!chosen.available())
            throw UserError.resource(
                    "device.missing",
                    "the device " + chosen + " is not available",
                    "this build of libtorch, the driver or the computer has none",
                    "start with SAVILE_CUDA=1 in the environment, on a computer with a CUDA 13 driver: the build then fetches"
                            + " the GPU libraries; or leave --device away");
        if (chosen.kind() == Device.Kind.CUDA)
            return new Compute(
                    precision.equals("fp32") ? Precision.FP32 : Precision.bf16(chosen), chosen, Threads.inUse());
        boolean known = !precision.equals("auto") && threads > 0;
        Machine machine = known ? null : of(home);
        int count = threads > 0 || machine == null ? Math.max(1, threads) : machine.threads();
        String type = !precision.equals("auto") || machine == null ? precision : machine.precision();
        Threads.use(count);
        return new Compute(
                type.toLowerCase(Locale.ROOT).equals("bf16") ? Precision.bf16(chosen) : Precision.FP32, chosen, count);
    }
}
