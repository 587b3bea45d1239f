package dev.farshore.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.io.PrintWriter;

/**
 * schemas ← write-capture, streams-apply, migration-coordinator ← cli. The three in the middle meet
 * in interfaces only, wired in cli.
 */
@AnalyzeClasses(packages = "dev.farshore", importOptions = DoNotIncludeTests.class)
class ModuleRulesTest {
    private static final String SCHEMAS = "dev.farshore.schemas..";
    private static final String CAPTURE = "dev.farshore.capture..";
    private static final String APPLY = "dev.farshore.apply..";
    private static final String COORDINATOR = "dev.farshore.coordinator..";
    private static final String CLI = "dev.farshore.cli..";

    @ArchTest
    static final ArchRule schemasKnowsNoOtherModule =
            noClasses()
                    .that()
                    .resideInAPackage(SCHEMAS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(CAPTURE, APPLY, COORDINATOR, CLI);

    @ArchTest
    static final ArchRule writeCaptureKnowsSchemasOnlyAndNoStreams =
            noClasses()
                    .that()
                    .resideInAPackage(CAPTURE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(APPLY, COORDINATOR, CLI, "org.apache.kafka.streams..");

    @ArchTest
    static final ArchRule streamsApplyKnowsSchemasOnlyAndNoNbd =
            noClasses()
                    .that()
                    .resideInAPackage(APPLY)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(CAPTURE, COORDINATOR, CLI);

    @ArchTest
    static final ArchRule theCoordinatorKnowsSchemasOnlyAndNoStreams =
            noClasses()
                    .that()
                    .resideInAPackage(COORDINATOR)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(CAPTURE, APPLY, CLI, "org.apache.kafka.streams..");

    @ArchTest
    static final ArchRule onlyTheCommandReadsCommandLinesAndConfigurationFiles =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(CLI)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("picocli..", "org.yaml..");

    @ArchTest
    static final ArchRule onlyTheCommandEndsTheProcessOrPrints =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(CLI)
                    .should()
                    .callMethod(System.class, "exit", int.class)
                    .orShould()
                    .accessField(System.class, "out")
                    .orShould()
                    .accessField(System.class, "err");

    /** What {@code formatted} writes is safe as {@code Main} sets one locale for the process. */
    @ArchTest
    static final ArchRule nothingDependsOnTheUsersLanguage =
            noClasses()
                    .should()
                    .callMethod(String.class, "toLowerCase")
                    .orShould()
                    .callMethod(String.class, "toUpperCase")
                    .orShould()
                    .callMethod(String.class, "format", String.class, Object[].class)
                    .orShould()
                    .callMethod(PrintWriter.class, "printf", String.class, Object[].class)
                    .orShould()
                    .callMethod(PrintWriter.class, "format", String.class, Object[].class)
                    .as("no class formats by the user's language: say Locale.ROOT");

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching("dev.farshore.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes().should(new BeInANullMarkedPackage());
}
