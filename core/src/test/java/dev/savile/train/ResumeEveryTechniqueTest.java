package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Threads;
import dev.savile.technique.AllTechniques;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A run that stops and goes on ends with the bits of one that did not, whatever the technique and what it does to need
/// less memory.
class ResumeEveryTechniqueTest {
    @TempDir
    Path temp;

    /// Products this small are slower on several threads.
    @BeforeAll
    static void oneThread() {
        EngineThread.run(() -> Threads.use(1));
    }

    static Stream<String> techniques() {
        return AllTechniques.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void resumedEqualsUninterrupted(String name) {
        requireResumable(new TinyTraining(name, 2, 512, 1, MemorySaving.NONE));
    }

    @ParameterizedTest
    @MethodSource("techniques")
    void resumedEqualsUninterruptedWithAllSavings(String name) {
        requireResumable(new TinyTraining(name, 3, 512, 0, new MemorySaving(true, true, true)));
    }

    private void requireResumable(TinyTraining training) {
        List<float[]> whole = training.run(Checkpoints.none(), -1).values();
        var folder = new CheckpointFolder(temp, Map.of("the rows", "1"), Progress.none());
        training.run(folder, 3);
        List<float[]> resumed = training.run(folder, -1).values();
        for (int i = 0; i < whole.size(); i++) assertThat(resumed.get(i)).isEqualTo(whole.get(i));
    }
}
