package dev.savile.generate;

import dev.savile.forest.KeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compute once what prompts have in common: the beginning of all of them, and behind it the whole of those that
/// are equal, as the several answers to one question are. A prompt's last token stays its own, since the answer is
/// predicted from it.
///
/// The part of equal prompts is made when the first of them starts and freed when the last is done.
final class SharedPrompts implements AutoCloseable {
    /// A shared beginning shorter than this is not worth a cache of its own.
    private static final int MIN_SHARED_TOKENS = 8;

    private final CausalLm model;
    private final Tuning tuning;
    private final List<KeyValues> lead;
    private final boolean divisible;
    private final int common;
    private final List<Group> groups = new ArrayList<>();
    private @Nullable KeyValueCache commonCache;

    /// Requests with equal prompts.
    private static final class Group {
        private final int[] promptIds;
        private int left;
        private @Nullable KeyValueCache cache;

        Group(int[] promptIds) {
            this.promptIds = promptIds;
        }
    }

    /// @param lead what stands before every prompt
    SharedPrompts(CausalLm model, Tuning tuning, List<KeyValues> lead, List<int[]> prompts) {
        this.model = model;
        this.tuning = tuning;
        this.lead = List.copyOf(lead);
        divisible = KeyValueCache.divisible(model.spec());
        int shared = prompts.size() < 2 || !divisible ? 0 : sharedLength(prompts);
        common = shared < MIN_SHARED_TOKENS ? 0 : shared;
        Map<List<Integer>, Group> byPrompt = new LinkedHashMap<>();
        for (int[] prompt : prompts) {
            Group group = byPrompt.computeIfAbsent(Arrays.stream(prompt).boxed().toList(), ids -> new Group(prompt));
            group.left++;
            groups.add(group);
        }
    }

    private static int sharedLength(List<int[]> prompts) {
        int[] first = prompts.getFirst();
        int shared = first.length - 1;
        for (int[] prompt : prompts) {
            int differs = Arrays.mismatch(first, prompt);
            shared = Math.min(shared, prompt.length - 1);
            if (differs >= 0) shared = Math.min(shared, differs);
        }
        return shared;
    }

    /// Return what a row starts behind, computing it if it is not there yet.
    PromptStart start(int request) {
        Group group = groups.get(request);
        List<KeyValues> given = new ArrayList<>(lead);
        if (common > 0) {
            if (commonCache == null)
                commonCache = KeyValueCache.of(model, tuning, lead, Arrays.copyOf(group.promptIds, common));
            given.add(commonCache);
        }
        int last = group.promptIds.length - 1;
        if (divisible && group.cache == null && group.left > 1 && last - common >= MIN_SHARED_TOKENS)
            group.cache = KeyValueCache.of(model, tuning, given, Arrays.copyOfRange(group.promptIds, common, last));
        if (group.cache == null) return new PromptStart(given, common);
        given.add(group.cache);
        return new PromptStart(given, last);
    }

    /// Note that a row is done.
    void done(int request) {
        Group group = groups.get(request);
        group.left--;
        if (group.left == 0 && group.cache != null) {
            group.cache.close();
            group.cache = null;
        }
    }

    @Override
    public void close() {
        for (Group group : groups) if (group.cache != null) group.cache.close();
        if (commonCache != null) commonCache.close();
    }
}
