package dev.savile.evaluate.judge;

/// What tells one model from another: its weights. The prompt does not count, for a model is no stranger to itself
/// under another prompt.
///
/// @param name    as it is shown
/// @param base    digest of the base's weights; empty when it is not known
/// @param adapter digest of what was trained on top; empty for the bare base
public record ModelIdentity(String name, String base, String adapter) {
    /// Name a model behind an endpoint, of whose weights nothing is known.
    public static ModelIdentity named(String name) {
        return new ModelIdentity(name, "", "");
    }

    /// Whether it is the same model. Where the weights of one are not known, equal names count as the same.
    public boolean sameModel(ModelIdentity other) {
        return (base.isEmpty() || other.base.isEmpty())
                ? name.equalsIgnoreCase(other.name)
                : (base.equals(other.base) && adapter.equals(other.adapter));
    }

    /// Whether both come from the same base, so that they may share tastes.
    public boolean sameBase(ModelIdentity other) {
        return !base.isEmpty() && base.equals(other.base);
    }
}
