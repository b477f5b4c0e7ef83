package dev.savile.customization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.DurableFiles;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    @TempDir
    Path home;

    private Registry registry;

    @BeforeEach
    void open() {
        registry = new Registry(home);
    }

    private Path workshop(String manifest) throws IOException {
        Path workshop = registry.workshop("support");
        Path file = workshop.resolve(Customization.MANIFEST);
        Files.createDirectories(file.getParent());
        Files.writeString(file, manifest);
        return workshop;
    }

    /// @param second when it was saved
    private Path publish(int second) throws IOException {
        Path saved = registry.publish(workshop("{\"a\": " + second + "}"), "support");
        Files.setLastModifiedTime(saved.resolve(Customization.MANIFEST), FileTime.fromMillis(1000L * second));
        return saved;
    }

    private Path pointer() {
        return home.resolve("customizations/support/current");
    }

    private static String version(Path saved) {
        return saved.getFileName().toString();
    }

    @Test
    void aNameThatIsNotThereIsAnErrorThatNamesThoseThatAre() throws IOException {
        publish(1);
        for (String given : List.of("suport", "suport/1234", "../support", "/support")) {
            var error = catchThrowableOfType(UserError.class, () -> registry.find(given));
            assertThat(error.code()).isEqualTo("customization.missing");
            assertThat(error.fix()).contains("support");
        }
        assertThat(catchThrowableOfType(UserError.class, () -> registry.rollback("suport", "1234"))
                        .code())
                .isEqualTo("customization.missing");
    }

    @Test
    void aVersionIsFoundByNameByItselfAndByItsBeginning() throws IOException {
        Path first = publish(1);
        Path second = publish(2);
        assertThat(first).isNotEqualTo(second);
        assertThat(registry.find("support")).isEqualTo(second);
        assertThat(registry.find("support/" + version(first))).isEqualTo(first);
        assertThat(registry.find("support/" + version(first).substring(0, 5))).isEqualTo(first);
        assertThat(registry.find(first.toString())).isEqualTo(first);
        assertThat(registry.names()).containsExactly("support");
        var error = catchThrowableOfType(UserError.class, () -> registry.find("support/000000"));
        assertThat(error.code()).isEqualTo("customization.version");
        assertThat(error.fix()).contains(version(second) + ", " + version(first));
    }

    @Test
    void aNameWithoutAPointerMeansItsNewestVersion() throws IOException {
        Path first = publish(1);
        Path second = publish(2);
        for (Path newest : List.of(first, second)) {
            Files.delete(pointer());
            Files.setLastModifiedTime(newest.resolve(Customization.MANIFEST), FileTime.fromMillis(9_000_000));
            assertThat(registry.find("support")).isEqualTo(newest);
            registry.rollback("support", version(newest));
            Files.setLastModifiedTime(newest.resolve(Customization.MANIFEST), FileTime.fromMillis(0));
        }
    }

    @Test
    void anEarlierVersionIsMadeCurrentUntilTheNextIsSaved() throws IOException {
        Path first = publish(1);
        Path second = publish(2);
        Path third = publish(3);
        assertThat(registry.rollback("support")).isEqualTo(second);
        assertThat(registry.find("support")).isEqualTo(second);
        assertThat(new Registry(home).find("support")).isEqualTo(second);
        assertThat(registry.rollback("support")).isEqualTo(first);
        var oldest = catchThrowableOfType(UserError.class, () -> registry.rollback("support"));
        assertThat(oldest.code()).isEqualTo("customization.oldest");
        assertThat(registry.find("support")).isEqualTo(first);
        assertThat(registry.rollback("support", version(third))).isEqualTo(third); // forward again
        assertThat(registry.rollback("support", version(first))).isEqualTo(first);
        Path fourth = publish(4);
        assertThat(registry.find("support")).isEqualTo(fourth);
        assertThat(registry.versions("support")).containsExactly(fourth, third, second, first);
        var unknown = catchThrowableOfType(UserError.class, () -> registry.rollback("support", "000000"));
        assertThat(unknown.code()).isEqualTo("customization.version");
        assertThat(registry.find("support")).isEqualTo(fourth);
    }

    @Test
    void theSameSavedAgainIsTheSameVersionAndCurrent() throws IOException {
        Path first = publish(1);
        publish(2);
        Path workshop = workshop("{\"a\": 1}");
        assertThat(registry.publish(workshop, "support")).isEqualTo(first);
        assertThat(workshop).doesNotExist();
        assertThat(registry.find("support")).isEqualTo(first);
    }

    @Test
    void aCrashLeavesTheVersionBefore() throws IOException {
        Path first = publish(1);
        // killed before the folder got its name: it is finished, but no version
        Path unpublished = workshop("{\"a\": 2}");
        Files.setLastModifiedTime(unpublished.resolve(Customization.MANIFEST), FileTime.fromMillis(9_000_000));
        assertThat(registry.find("support")).isEqualTo(first);
        assertThat(registry.versions("support")).containsExactly(first);
        // killed between the version and the pointer
        Path unpointed = first.resolveSibling("abcdef012345");
        DurableFiles.moveInto(unpublished, unpointed);
        assertThat(registry.find("support")).isEqualTo(first);
        assertThat(registry.find("support/abcdef")).isEqualTo(unpointed);
        // killed while the pointer was written beside
        Files.writeString(pointer().resolveSibling(".tmp-current-1"), "abc");
        assertThat(registry.find("support")).isEqualTo(first);
        assertThat(registry.rollback("support", "abcdef")).isEqualTo(unpointed);
    }

    @Test
    void aReaderSeesTheVersionBeforeOrTheOneAfterAndNothingElse() throws Exception {
        Path first = publish(1);
        Path second = publish(2);
        var done = new AtomicBoolean();
        var seen = new HashSet<Path>();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!done.get()) seen.add(registry.find("support")); // an error ends it, and what is last is not seen
            seen.add(registry.find("support"));
            seen.add(home);
        });
        for (int i = 0; i < 200; i++) registry.rollback("support", version(i % 2 == 0 ? first : second));
        done.set(true);
        reader.join();
        assertThat(seen).contains(home).isSubsetOf(Set.of(first, second, home));
    }

    @Test
    void aDamagedPointerIsRefusedAndMendedByChoosing() throws IOException {
        Path first = publish(1);
        publish(2);
        for (byte[] damage : List.of(
                new byte[0],
                new byte[] {0, -1, -2},
                "../../etc".getBytes(StandardCharsets.UTF_8),
                "ffffff".getBytes(StandardCharsets.UTF_8))) {
            Files.write(pointer(), damage);
            for (var asked :
                    List.<ThrowingCallable>of(() -> registry.find("support"), () -> registry.rollback("support"))) {
                var error = catchThrowableOfType(UserError.class, asked);
                assertThat(error.code()).isEqualTo("customization.current");
                assertThat(error.fix()).contains("savile rollback support VERSION", version(first));
            }
            assertThat(registry.find("support/" + version(first))).isEqualTo(first);
            assertThat(registry.rollback("support", version(first))).isEqualTo(first);
            assertThat(registry.find("support")).isEqualTo(first);
        }
    }

    @Test
    void aPointerToAVersionThatWasRemovedIsRefused() throws IOException {
        Path first = publish(1);
        Path second = publish(2);
        DurableFiles.delete(second);
        assertThat(catchThrowableOfType(UserError.class, () -> registry.find("support"))
                        .code())
                .isEqualTo("customization.current");
        assertThat(registry.rollback("support", version(first))).isEqualTo(first);
    }
}
