package dev.savile.model;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Attention of rows of equal length in strips of queries, each of which reads the keys up to its own last one and no
/// further: of a causal row's products nearly half are masked away, and the kernel for processors computes them.
///
/// The query heads that share a key head stand below each other as further queries, so that products are fewer and
/// larger, and no key is repeated.
final class AttentionStrips {
    /// Tokens of a strip on a processor; a GPU pays more for a call than for products.
    private static final int LENGTH = 128;
    /// Beyond so many tokens of a row its mask takes more memory than it is worth.
    private static final int LONGEST = 2048;

    private final int before;
    private final int time;
    private final int group;
    private final double scale;
    /// For each strip `[1 or rows, 1, tokens * group, before + keys]`, 0 and minus infinity.
    private final List<Tensor> masks = new ArrayList<>();

    /// @param before  keys in front of each row
    /// @param time    tokens of a row
    /// @param group   query heads that share a key head
    /// @param visible row-major `[1 or rows, time, width]`: which of the last `width` keys a query sees, none of
    ///                them after itself; it sees all keys in front of those
    AttentionStrips(
            int before, int time, int group, double scale, boolean[] visible, int width, DType dtype, Device device) {
        this.before = before;
        this.time = time;
        this.group = group;
        this.scale = scale;
        int rows = visible.length / (time * width);
        int strip = device.gpu() ? time : LENGTH;
        for (int start = 0; start < time; start += strip) {
            int end = Math.min(time, start + strip);
            int keys = before + end;
            var values = new float[rows * (end - start) * group * keys];
            int at = 0;
            for (int row = 0; row < rows; row++)
                for (int query = start; query < end; query++) {
                    int from = (row * time + query) * width;
                    for (int key = 0; key < keys; key++) {
                        int own = key - (before + time - width);
                        values[at + key] = own < 0 || visible[from + own] ? 0 : Float.NEGATIVE_INFINITY;
                    }
                    for (int head = 1; head < group; head++)
                        System.arraycopy(values, at, values, at + head * keys, keys);
                    at += group * keys;
                }
            masks.add(Tensors.of(values, rows, 1, (long) (end - start) * group, keys)
                    .to(dtype)
                    .on(device));
        }
    }

    /// Causal rows, which see all keys in front of them.
    static AttentionStrips causal(int before, int time, int group, double scale, DType dtype, Device device) {
        var visible = new boolean[time * time];
        for (int t = 0; t < time; t++) Arrays.fill(visible, t * time, t * time + t + 1, true);
        return new AttentionStrips(before, time, group, scale, visible, time, dtype, device);
    }

    /// Whether strips are faster than the kernel's own causal attention for rows with nothing before them.
    static boolean suit(int time, Device device) {
        return !device.gpu() && time <= LONGEST;
    }

    /// Attend. Queries `[rows * time, heads, headDim]`, keys and values `[rows, kvHeads, before + time, headDim]`;
    /// returns `[rows * time, heads * headDim]`.
    Tensor attend(Tensor q, Tensor k, Tensor v) {
        long rows = k.size(0);
        long keyHeads = k.size(1);
        long headDim = k.size(3);
        Tensor stacked = q.reshape(rows, time, keyHeads, group * headDim)
                .transpose(1, 2)
                .reshape(rows, keyHeads, (long) time * group, headDim);
        long[] lengths = masks.stream().mapToLong(mask -> mask.size(2)).toArray();
        List<Tensor> queries = stacked.split(2, lengths);
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            Tensor mask = masks.get(i);
            long keys = mask.size(3);
            boolean all = keys == before + time;
            parts.add(Ops.maskedAttention(
                    queries.get(i), all ? k : k.narrow(2, 0, keys), all ? v : v.narrow(2, 0, keys), mask, scale));
        }
        Tensor out = parts.size() == 1 ? parts.getFirst() : Tensors.concatenate(parts, 2);
        return out.reshape(rows, keyHeads, time, group * headDim)
                .transpose(1, 2)
                .reshape(rows * time, keyHeads * group * headDim);
    }
}
