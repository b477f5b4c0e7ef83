package dev.savile.bench;

import dev.savile.common.Digest;
import dev.savile.engine.Rng;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Kill a training at random moments with SIGKILL, go on from its checkpoint, and compare with a run that nothing
/// interrupted.
final class KillAndResume implements Bench {
    private static final int KILLS = 20;

    @Override
    public String name() {
        return "resume";
    }

    @Override
    public String about() {
        return "kill -9 at 20 random moments: the adapter's bytes equal those of the uninterrupted run";
    }

    @Override
    public List<Row> run() {
        try {
            Path folder = Files.createTempDirectory("bench-resume");
            Path csv = SnipsData.write(Processes.shared().resolve("data/snips"), 12, 1, folder.resolve("snips.csv"));
            Path whole = folder.resolve("whole");
            Processes.output(command(csv, whole));
            String expected = Digest.ofFile(whole.resolve("adapter_model.safetensors"));
            Path killed = folder.resolve("killed");
            int kills = 0;
            int runs = 0;
            int equal = 0;
            var rng = Rng.of(System.nanoTime(), "kill");
            while (kills < KILLS) {
                var builder = new ProcessBuilder(command(csv, killed))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
                Process process = builder.start();
                boolean ended = process.waitFor(2500 + rng.nextInt(6000), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                    kills++;
                    continue;
                }
                runs++;
                if (Digest.ofFile(killed.resolve("adapter_model.safetensors")).equals(expected)) equal++;
                dev.savile.common.DurableFiles.delete(killed);
            }
            if (Files.exists(killed)) {
                Processes.output(command(csv, killed));
                runs++;
                if (Digest.ofFile(killed.resolve("adapter_model.safetensors")).equals(expected)) equal++;
            }
            return List.of(new Row(
                    kills + " kills over " + runs + " trainings",
                    equal + " of " + runs + " adapters equal by SHA-256",
                    "all",
                    equal == runs));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> command(Path csv, Path out) {
        return Processes.savile(
                "tune",
                "lora",
                "--data",
                csv.toString(),
                "--out",
                out.toString(),
                "--resume",
                "--quiet",
                "--set",
                "checkpoint-seconds=0",
                "--set",
                "rows-per-step=4",
                "--set",
                "epochs=1");
    }
}
