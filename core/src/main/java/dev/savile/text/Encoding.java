package dev.savile.text;

/// Hold token ids and the piece of the text each came from.
///
/// A byte-level token can hold part of a character; its piece is then the whole character, shared with its
/// neighbours.
///
/// @param ids    token ids
/// @param starts first UTF-16 unit of each token's piece
/// @param ends   behind the last UTF-16 unit
public record Encoding(int[] ids, int[] starts, int[] ends) {
    public Encoding {
        if (ids.length != starts.length || ids.length != ends.length)
            throw new IllegalArgumentException(
                    "lengths differ: " + ids.length + " ids, " + starts.length + " starts, " + ends.length + " ends");
    }

    public int length() {
        return ids.length;
    }
}
