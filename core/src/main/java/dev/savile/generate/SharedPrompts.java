package dev.savile.generate;

import dev.savile.forest.KeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Compute once what prompts have in common: a tree of the beginnings that two or more of them share, down to the whole
/// of equal prompts, as the several answers to one question have. A prompt's last token stays its own, since the answer
/// is predicted from it.
///
/// What is shared is found on token ids, so that no text is encoded in parts. A beginning is computed when the first
/// prompt behind it starts and freed when the last is done; started in [#order], prompts that share most follow each
/// other, and few beginnings are kept at a time.
final class SharedPrompts implements AutoCloseable {
    /// A stretch shorter than this is not worth a cache of its own.
    private static final int MIN_SHARED_TOKENS = 8;

    private final CausalLm model;
    private final Tuning tuning;
    private final List<KeyValues> lead;
    private final List<int[]> prompts;
    private final @Nullable Beginning[] beginnings;
    private final List<Integer> order = new ArrayList<>();

    /// What several prompts begin with.
    private static final class Beginning {
        private final @Nullable Beginning before;
        private final int[] ids; // behind those of the one before
        private final int end; // tokens of the prompts that it and those before it stand for
        private int left; // prompts that need it and are not done
        private @Nullable KeyValueCache cache;

        Beginning(@Nullable Beginning before, int[] ids, int end) {
            this.before = before;
            this.ids = ids;
            this.end = end;
        }
    }

    /// @param lead what stands before every prompt
    SharedPrompts(CausalLm model, Tuning tuning, List<KeyValues> lead, List<int[]> prompts) {
        this.model = model;
        this.tuning = tuning;
        this.lead = List.copyOf(lead);
        this.prompts = List.copyOf(prompts);
        beginnings = new Beginning[prompts.size()];
        List<Integer> all = IntStream.range(0, prompts.size()).boxed().toList();
        if (KeyValueCache.divisible(model.spec())) grow(null, all);
        else order.addAll(all);
    }

    /// Find what requests share behind a beginning that all of them have.
    private void grow(@Nullable Beginning before, List<Integer> requests) {
        if (requests.isEmpty()) return;
        int from = before == null ? 0 : before.end;
        int shared = sharedLength(requests);
        Beginning own = before;
        if (requests.size() > 1 && shared - from >= MIN_SHARED_TOKENS)
            own = new Beginning(before, Arrays.copyOfRange(prompts.get(requests.getFirst()), from, shared), shared);
        Map<Integer, List<Integer>> byNext = new LinkedHashMap<>();
        for (int request : requests) {
            int[] prompt = prompts.get(request);
            if (requests.size() == 1 || prompt.length - 1 <= shared) settle(request, own);
            else byNext.computeIfAbsent(prompt[shared], _ -> new ArrayList<>()).add(request);
        }
        for (List<Integer> alike : byNext.values()) grow(own, alike);
    }

    /// Tokens that all of some prompts begin with, without the last one of the shortest.
    private int sharedLength(List<Integer> requests) {
        int[] first = prompts.get(requests.getFirst());
        int shared = first.length - 1;
        for (int request : requests) {
            int[] prompt = prompts.get(request);
            int differs = Arrays.mismatch(first, prompt);
            shared = Math.min(shared, prompt.length - 1);
            if (differs >= 0) shared = Math.min(shared, differs);
        }
        return shared;
    }

    private void settle(int request, @Nullable Beginning own) {
        beginnings[request] = own;
        order.add(request);
        for (Beginning one = own; one != null; one = one.before) one.left++;
    }

    /// The order in which requests are best started.
    List<Integer> order() {
        return List.copyOf(order);
    }

    /// Return what a row starts behind, computing what is not there yet.
    PromptStart start(int request) {
        List<KeyValues> given = new ArrayList<>(lead);
        Beginning own = beginnings[request];
        if (own == null) return new PromptStart(given, 0);
        add(own, given);
        return new PromptStart(given, own.end);
    }

    private void add(Beginning one, List<KeyValues> given) {
        if (one.before != null) add(one.before, given);
        if (one.cache == null) one.cache = KeyValueCache.of(model, tuning, given, one.ids);
        given.add(one.cache);
    }

    /// Note that a row is done.
    void done(int request) {
        for (Beginning one = beginnings[request]; one != null; one = one.before) {
            one.left--;
            if (one.left == 0) release(one);
        }
    }

    private static void release(Beginning one) {
        if (one.cache != null) one.cache.close();
        one.cache = null;
    }

    @Override
    public void close() {
        for (Beginning own : beginnings) for (Beginning one = own; one != null; one = one.before) release(one);
    }
}
