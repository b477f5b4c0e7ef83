package dev.savile.files.hub;

import java.nio.file.Path;

/// A model on this computer.
///
/// @param format `gguf` or `safetensors`
public record InstalledModel(String name, Path path, String format, long sizeBytes) {}
