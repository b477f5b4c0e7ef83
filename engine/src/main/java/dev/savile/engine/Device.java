package dev.savile.engine;

import java.util.Locale;
import org.bytedeco.pytorch.global.torch;

/// Name where tensors live: the CPU, or one CUDA device.
///
/// @param kind  CPU or CUDA
/// @param index number of the CUDA device; 0 on the CPU
public record Device(Kind kind, int index) {
    public enum Kind {
        CPU,
        CUDA
    }

    public static final Device CPU = new Device(Kind.CPU, 0);

    public Device {
        if (index < 0) throw new IllegalArgumentException("device index must be at least 0, got " + index);
    }

    /// Read `cpu`, `cuda` or `cuda:1`.
    ///
    /// @throws IllegalArgumentException when the text is none of these
    public static Device parse(String text) {
        String given = text.strip().toLowerCase(Locale.ROOT);
        if (given.equals("cpu")) return CPU;
        if (given.equals("cuda")) return new Device(Kind.CUDA, 0);
        if (given.matches("cuda:\\d{1,3}")) return new Device(Kind.CUDA, Integer.parseInt(given.substring(5)));
        throw new IllegalArgumentException("'" + text + "' is no device; there are cpu, cuda and cuda:N");
    }

    /// Tell whether this build and this computer can use the device. Loads libtorch.
    public boolean available() {
        Torch.load();
        return kind == Kind.CPU || (torch.cuda_is_available() && index < torch.cuda_device_count());
    }

    /// Tell whether it is a GPU.
    public boolean gpu() {
        return kind == Kind.CUDA;
    }

    /// Wait until the device has done what it was asked for; a CPU has done so when the call is over.
    public void synchronize() {
        if (gpu()) torch.cuda_synchronize(index);
    }

    @Override
    public String toString() {
        return kind == Kind.CPU ? "cpu" : "cuda:" + index;
    }
}
