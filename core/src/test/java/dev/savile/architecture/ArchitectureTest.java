package dev.savile.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The order of the packages: each uses only those before it, and `files` and `runs`.
class ArchitectureTest {
    private static final List<String> ORDER = List.of(
            "common",
            "data",
            "text",
            "forest",
            "model",
            "technique",
            "customization",
            "generate",
            "objective",
            "train",
            "evaluate",
            "select");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.savile");

    @Test
    void packagesUseOnlyThoseBeforeThem() {
        for (int i = 0; i < ORDER.size(); i++) {
            List<String> later = new ArrayList<>(ORDER.subList(i + 1, ORDER.size()));
            if (i == 0) later.addAll(List.of("files", "runs"));
            if (later.isEmpty()) continue;
            noClasses()
                    .that()
                    .resideInAPackage("dev.savile." + ORDER.get(i) + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(later.stream()
                            .map(name -> "dev.savile." + name + "..")
                            .toArray(String[]::new))
                    .check(CLASSES);
        }
    }

    @Test
    void filesAndRunsUseOnlyCommonAndTheEngine() {
        for (String own : List.of("files", "runs"))
            noClasses()
                    .that()
                    .resideInAPackage("dev.savile." + own + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ORDER.stream()
                            .filter(name -> !name.equals("common"))
                            .map(name -> "dev.savile." + name + "..")
                            .toArray(String[]::new))
                    .check(CLASSES);
    }

    @Test
    void onlyTheEngineKnowsTheNativeLibraries() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.savile.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .check(CLASSES);
    }

    @Test
    void onlyOnePlaceMakesTokenizers() {
        noClasses()
                .that()
                .doNotHaveSimpleName("JsonTokenizer")
                .and()
                .doNotHaveSimpleName("TokenBytes")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(CLASSES);
    }
}
