package dev.savile.model;

import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import java.util.List;

/// Answer the model at the places where a technique may change it. The default answers are those of the base.
public interface Tuning {
    /// The base model as it is.
    Tuning NONE = new Tuning() {};

    /// Return what a linear gives for `x [tokens, in]`.
    default Tensor linear(Linear site, Tensor x) {
        return site.apply(this, x);
    }

    /// Return what linears give that read the same `x [tokens, in]`, so that a technique can share work between them.
    default List<Tensor> linears(List<Linear> sites, Tensor x) {
        return sites.stream().map(site -> linear(site, x)).toList();
    }

    /// Return the weight of the output head, `[vocabulary, hidden]`: hidden rows times it are the logits that [#linear]
    /// gives. Training and scoring ask for it, since they run the head on few rows and in chunks. Its gradient goes
    /// on to whatever is trained in it.
    default Tensor headWeight(Linear head) {
        return parameter(head.path() + ".weight", head.weight());
    }

    /// Whether [#headWeight] makes a weight of others, which takes the head's size once more while it is used.
    default boolean makesHead(Linear head) {
        return false;
    }

    /// Return the vectors of token ids.
    ///
    /// @param path  module path of the embedding
    /// @param table `[vocabulary, hidden]`
    default Tensor embedding(String path, Tensor table, Tensor ids) {
        return Ops.embedding(parameter(path + ".weight", table), ids);
    }

    /// Return what stands before every row.
    default Lead lead() {
        return Lead.NONE;
    }

    /// Number of virtual tokens that a row may hold, beside those of [#lead].
    default int virtualTokens() {
        return 0;
    }

    /// Return the vectors of virtual tokens, `[indices, hidden]`.
    ///
    /// @param indices 0 for the first virtual token, whose id follows the vocabulary's last
    default Tensor virtual(int... indices) {
        throw new IllegalStateException("this tuning has no virtual tokens");
    }

    /// Return the residual stream after a half of a layer.
    ///
    /// @param x      the stream before it, `[tokens, hidden]`
    /// @param change what the half adds, `[tokens, hidden]`
    default Tensor residual(Sublayer half, int layer, Tensor x, Tensor change) {
        return x.plus(change);
    }

    /// Return the tensor to use in place of a named parameter: the base's own, or a trained one of the same shape.
    /// Linears are named with their logical shape `[out, in]`.
    default Tensor parameter(String name, Tensor base) {
        return base;
    }
}
