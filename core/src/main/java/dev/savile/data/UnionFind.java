package dev.savile.data;

/// Join numbers into groups; a group is named by its smallest member.
final class UnionFind {
    private final int[] parent;

    UnionFind(int size) {
        parent = new int[size];
        for (int i = 0; i < size; i++) parent[i] = i;
    }

    int find(int member) {
        int i = member;
        while (parent[i] != i) {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        return i;
    }

    void join(int a, int b) {
        int first = find(a);
        int second = find(b);
        parent[Math.max(first, second)] = Math.min(first, second);
    }

    /// Return for each number the smallest member of its group.
    int[] groups() {
        int[] groups = new int[parent.length];
        for (int i = 0; i < groups.length; i++) groups[i] = find(i);
        return groups;
    }
}
