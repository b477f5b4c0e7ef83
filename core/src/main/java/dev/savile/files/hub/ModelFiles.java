package dev.savile.files.hub;

import java.nio.file.Path;

/// A model that was found.
///
/// @param name   as it is shown
/// @param folder in Hugging Face's layout
/// @param source what the user would call the model: a folder, or the GGUF file that the folder was made from
public record ModelFiles(String name, Path folder, Path source) {}
