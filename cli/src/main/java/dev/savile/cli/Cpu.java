package dev.savile.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/// Describe the processor.
///
/// @param name          as its maker calls it
/// @param physicalCores cores this process may use; two threads that share a core count once
/// @param logicalCores  hardware threads this process may use
/// @param features      those of `avx2`, `avx512f`, `avx512_bf16` and `amx_bf16` that it has
record Cpu(String name, int physicalCores, int logicalCores, List<String> features) {
    private static final List<String> TELLING = List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8");

    Cpu {
        features = List.copyOf(features);
    }

    /// Read `/proc/cpuinfo`; elsewhere only the JVM's knowledge is there.
    static Cpu ofThisComputer() {
        int logical = Runtime.getRuntime().availableProcessors();
        Path file = Path.of("/proc/cpuinfo");
        try {
            if (Files.isReadable(file)) return of(Files.readAllLines(file), logical);
        } catch (IOException e) {
            return unknown(logical); // a sandbox may hide it
        }
        return unknown(logical);
    }

    static Cpu of(List<String> lines, int logical) {
        String name = "";
        String socket = "0";
        List<String> features = new ArrayList<>();
        TreeSet<String> cores = new TreeSet<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon < 0) continue;
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).strip()) {
                case "model name" -> name = value;
                case "physical id" -> socket = value;
                case "core id" -> cores.add(socket + ":" + value);
                case "flags" -> {
                    if (features.isEmpty()) {
                        List<String> flags = Arrays.asList(value.split(" ", -1));
                        TELLING.stream().filter(flags::contains).forEach(features::add);
                    }
                }
                default -> {}
            }
        }
        int physical = cores.isEmpty() ? logical : Math.min(cores.size(), logical);
        return new Cpu(name.isEmpty() ? System.getProperty("os.arch", "?") : name, physical, logical, features);
    }

    private static Cpu unknown(int logical) {
        return new Cpu(System.getProperty("os.arch", "?"), logical, logical, List.of());
    }
}
