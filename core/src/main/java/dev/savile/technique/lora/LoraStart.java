package dev.savile.technique.lora;

/// Where the factors of an update start.
public enum LoraStart {
    /// A random, B zero: the untrained update changes nothing.
    USUAL,
    /// The strongest directions of the weight, which leave it for the update (Meng, Wang and Zhang, "PiSSA", 2024).
    PISSA,
    /// An orthonormal basis of the weight's first directions, likewise (Bueyuekakyuez, "OLoRA", 2024).
    OLORA
}
