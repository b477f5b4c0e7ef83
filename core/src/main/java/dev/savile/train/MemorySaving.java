package dev.savile.train;

/// What training may do to need less memory. Each costs time or exactness, so that none is on by itself.
///
/// @param recompute        keep only the inputs of the layers and compute the rest again in the backward pass: a third
///                         more time, the same result
/// @param updateInBackward update each layer as soon as its gradients are there and drop them: no gradient of the whole
///                         model, and therefore no clipping by its norm and one pass a step
/// @param narrowMoments    keep AdamW's two averages in bf16, rounded up or down by chance so that small changes are
///                         not lost: half their memory, noisier updates
public record MemorySaving(boolean recompute, boolean updateInBackward, boolean narrowMoments) {
    public static final MemorySaving NONE = new MemorySaving(false, false, false);
}
