package dev.farshore.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.io.PrintWriter;

/**
 * Who may know whom, in the order of the modules: a module knows only those before it that its line
 * names. Each line is also what its {@code pom.xml} says; the rules keep classes of test and build
 * from slipping in.
 */
@AnalyzeClasses(packages = "dev.farshore", importOptions = DoNotIncludeTests.class)
class ModuleRulesTest {
    private static final String SCHEMAS = "dev.farshore.schemas..";
    private static final String NBD = "dev.farshore.nbd..";
    private static final String PROCESS = "dev.farshore.process..";
    private static final String CAPTURE = "dev.farshore.capture..";
    private static final String APPLY = "dev.farshore.apply..";
    private static final String NODE = "dev.farshore.node..";
    private static final String COORDINATOR = "dev.farshore.coordinator..";
    private static final String TESTKIT = "dev.farshore.testkit..";
    private static final String BENCH = "dev.farshore.bench..";
    private static final String CLI = "dev.farshore.cli..";
    private static final String FARSHORE = "dev.farshore..";
    private static final String KAFKA = "org.apache.kafka..";
    private static final String STREAMS = "org.apache.kafka.streams..";

    @ArchTest static final ArchRule schemas = module(SCHEMAS).knowsOnly();

    @ArchTest static final ArchRule nbd = module(NBD).knowsOnly();

    @ArchTest static final ArchRule process = module(PROCESS).knowsOnly(SCHEMAS);

    @ArchTest static final ArchRule writeCapture = module(CAPTURE).knowsOnly(SCHEMAS, NBD);

    @ArchTest static final ArchRule streamsApply = module(APPLY).knowsOnly(SCHEMAS);

    @ArchTest
    static final ArchRule siteNode = module(NODE).knowsOnly(SCHEMAS, NBD, PROCESS, CAPTURE, APPLY);

    @ArchTest static final ArchRule coordinator = module(COORDINATOR).knowsOnly(SCHEMAS, PROCESS);

    @ArchTest static final ArchRule testkit = module(TESTKIT).knowsOnly(SCHEMAS, NBD);

    @ArchTest
    static final ArchRule bench =
            module(BENCH)
                    .knowsOnly(SCHEMAS, NBD, PROCESS, CAPTURE, APPLY, NODE, COORDINATOR, TESTKIT);

    @ArchTest
    static final ArchRule theBlockServerKnowsNoKafka =
            noClasses()
                    .that()
                    .resideInAPackage(NBD)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(KAFKA);

    @ArchTest
    static final ArchRule onlyTheAppliersKnowKafkaStreams =
            noClasses()
                    .that()
                    .resideInAnyPackage(SCHEMAS, PROCESS, CAPTURE, COORDINATOR, TESTKIT, CLI)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(STREAMS);

    @ArchTest
    static final ArchRule onlyTheCommandReadsCommandLines =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(CLI)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule onlyConfigurationsReadYaml =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "dev.farshore.process.config",
                            "dev.farshore.node.config",
                            "dev.farshore.coordinator.config")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.yaml..");

    /** The embedded servers' {@code main} are programs of their own. */
    @ArchTest
    static final ArchRule onlyProgramsEndTheProcessOrPrint =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            CLI, "dev.farshore.process.start", "dev.farshore.testkit.embedded")
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

    private static Module module(String packages) {
        return new Module(packages);
    }

    private record Module(String packages) {
        ArchRule knowsOnly(String... others) {
            return classes()
                    .that()
                    .resideInAPackage(packages)
                    .should()
                    .onlyDependOnClassesThat(
                            resideOutsideOfPackage(FARSHORE)
                                    .or(resideInAPackage(packages))
                                    .or(resideInAnyPackage(others)));
        }
    }
}
