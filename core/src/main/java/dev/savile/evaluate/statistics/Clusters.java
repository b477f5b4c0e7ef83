package dev.savile.evaluate.statistics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Say which items hang together: members of one cluster are drawn together and never counted as independent.
public final class Clusters {
    private final int[] clusterOfItem;
    private final int count;

    private Clusters(int[] clusterOfItem, int count) {
        this.clusterOfItem = clusterOfItem;
        this.count = count;
    }

    /// Make every item a cluster of its own.
    public static Clusters singletons(int items) {
        int[] own = new int[items];
        for (int i = 0; i < items; i++) own[i] = i;
        return new Clusters(own, items);
    }

    /// Join the items that have the same key.
    public static Clusters of(List<String> keys) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        int[] clusters = new int[keys.size()];
        for (int i = 0; i < clusters.length; i++)
            clusters[i] = numbers.computeIfAbsent(keys.get(i), key -> numbers.size());
        return new Clusters(clusters, numbers.size());
    }

    /// Join the items of the same group; those that name none stand alone.
    public static Clusters ofGroups(List<String> groups) {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++)
            keys.add(groups.get(i).isEmpty() ? "item " + i : "group " + groups.get(i));
        return of(keys);
    }

    public int items() {
        return clusterOfItem.length;
    }

    public int count() {
        return count;
    }

    public int of(int item) {
        return clusterOfItem[item];
    }

    public boolean allSingletons() {
        return count == clusterOfItem.length;
    }

    /// Add up values within each cluster.
    public double[] sums(double[] values) {
        if (values.length != items())
            throw new IllegalArgumentException(values.length + " values for " + items() + " items");
        double[] sums = new double[count];
        for (int i = 0; i < values.length; i++) sums[clusterOfItem[i]] += values[i];
        return sums;
    }

    /// Make a statistic of drawn clusters from one of drawn items: the items of a cluster go in together.
    public BootstrapDraws.Statistic drawn(BootstrapDraws.Statistic ofItems) {
        if (allSingletons()) return ofItems; // a cluster has its item's number
        int[][] members = members();
        return clusters -> ofItems.of(items(members, clusters));
    }

    /// The items of drawn clusters.
    private static int[] items(int[][] members, int[] drawn) {
        int size = 0;
        for (int g : drawn) size += members[g].length;
        int[] items = new int[size];
        int filled = 0;
        for (int g : drawn) {
            System.arraycopy(members[g], 0, items, filled, members[g].length);
            filled += members[g].length;
        }
        return items;
    }

    /// List the items of each cluster.
    int[][] members() {
        int[] sizes = sizes();
        int[][] members = new int[count][];
        for (int g = 0; g < count; g++) members[g] = new int[sizes[g]];
        for (int i = items() - 1; i >= 0; i--) members[clusterOfItem[i]][--sizes[clusterOfItem[i]]] = i;
        return members;
    }

    /// Count the items of each cluster.
    public int[] sizes() {
        int[] sizes = new int[count];
        for (int cluster : clusterOfItem) sizes[cluster]++;
        return sizes;
    }
}
