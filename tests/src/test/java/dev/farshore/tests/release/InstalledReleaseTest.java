package dev.farshore.tests.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.FreePorts;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The life of an installation: the Debian package is installed, its services are configured and
 * started by systemd, it is upgraded under them, removed and purged. A volume's data outlives it.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class InstalledReleaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> UNITS = List.of("farshore-coordinator", "farshore-node");
    private static final String NODE_CONFIG = "/etc/farshore/node.yaml";
    private static final String IMAGE = "/var/lib/farshore/images/db.img";
    private static final String NEW_VERSION = "9999.1";
    private static final int WRITTEN_BYTES = 256 << 10;
    private static final byte FIRST = 0x41;
    private static final byte SECOND = 0x42;

    private int nbdPort;
    private int httpPort;

    @Test
    void shouldKeepVolumesOverUpgradeRemovalAndPurge(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        Machine.require();
        Path release = release();
        System.out.println("InstalledReleaseTest: " + release.getFileName());
        List<Integer> ports = FreePorts.find(2);
        nbdPort = ports.get(0);
        httpPort = ports.get(1);
        try (Machine machine = Machine.boot(folder)) {
            try {
                install(machine, release);
                configure(machine, environment);
                start(machine);
                machine.succeed(
                        "farshore",
                        "volume",
                        "create",
                        "db",
                        "--size",
                        "64MiB",
                        "--site",
                        "a",
                        "--coordinator",
                        "http://127.0.0.1:" + httpPort);
                write(FIRST, 0);
                read(FIRST, 0);

                upgrade(machine, newer(release, folder));
                read(FIRST, 0);
                write(SECOND, WRITTEN_BYTES);
                read(SECOND, WRITTEN_BYTES);

                remove(machine);
            } catch (Exception | AssertionError e) {
                System.out.println(machine.journal());
                throw e;
            }
        }
    }

    /** Made by the check, or by {@code ./farshore package}: the newest. */
    private static Path release() throws IOException {
        boolean isCheck = Boolean.getBoolean("farshore.check");
        List<Path> folders =
                isCheck
                        ? List.of(Path.of("../dist/target/tested"))
                        : List.of(Path.of("../dist/target/tested"), Path.of("../dist/target"));
        Optional<Path> newest =
                folders.stream()
                        .flatMap(InstalledReleaseTest::packagesIn)
                        .max(Comparator.comparingLong(file -> file.toFile().lastModified()));
        if (newest.isEmpty() && !isCheck) {
            throw new TestAbortedException("there is no package; ./farshore package makes it");
        }
        return newest.orElseThrow(() -> new AssertionError("no package in " + folders))
                .toAbsolutePath();
    }

    private static Stream<Path> packagesIn(Path folder) {
        Path[] found =
                Optional.ofNullable(folder.toFile().listFiles()).stream()
                        .flatMap(Arrays::stream)
                        .filter(file -> file.getName().endsWith(".deb"))
                        .map(file -> file.toPath())
                        .toArray(Path[]::new);
        return Stream.of(found);
    }

    private static void install(Machine machine, Path release) throws Exception {
        Path copy = machine.file("/root/farshore.deb");
        Files.copy(release, copy, StandardCopyOption.REPLACE_EXISTING);
        machine.succeed("dpkg", "--force-confold", "-i", "/root/farshore.deb");
        Files.delete(copy);
    }

    private void configure(Machine machine, KafkaEnvironment environment) throws Exception {
        for (String unit : UNITS) {
            assertThat(machine.run("systemctl", "is-enabled", unit).output().strip())
                    .as("before it is configured")
                    .isEqualTo("disabled");
        }
        assertThat(machine.succeed("stat", "-c", "%U:%G %a", NODE_CONFIG))
                .isEqualTo("root:farshore 640");
        assertThat(machine.succeed("stat", "-c", "%U:%G %a", "/var/lib/farshore"))
                .isEqualTo("farshore:farshore 700");
        String servers =
                """
                kafka: {bootstrapServers: ["%s"]}
                registry: {url: "%s"}
                """
                        .formatted(environment.bootstrapServers(), environment.registryUrl());
        Files.writeString(
                machine.file(NODE_CONFIG),
                servers
                        + """
                        site: a
                        dataDir: /var/lib/farshore
                        nbd: {listeners: ["tcp://127.0.0.1:%d", "unix:///run/farshore/nbd.sock"]}
                        """
                                .formatted(nbdPort));
        Files.writeString(
                machine.file("/etc/farshore/coordinator.yaml"),
                servers
                        + """
                        http: {port: %d}
                        sites: [a]
                        topics: {partitions: 4, replicationFactor: 1}
                        """
                                .formatted(httpPort));
        for (String unit : UNITS) {
            Files.writeString(
                    machine.file("/etc/default/" + unit),
                    "FARSHORE_JAVA_OPTS=\"-Djava.io.tmpdir=/var/cache/farshore -Xmx512m\"\n",
                    StandardOpenOption.APPEND);
        }
    }

    /** Returns when both have told systemd that they serve. */
    private static void start(Machine machine) throws Exception {
        for (String unit : UNITS) {
            machine.succeed("systemctl", "enable", "--now", unit);
        }
        assertThatBothRun(machine);
    }

    private static void assertThatBothRun(Machine machine) throws Exception {
        for (String unit : UNITS) {
            assertThat(machine.succeed("systemctl", "is-active", unit)).isEqualTo("active");
            assertThat(machine.unit(unit, "NRestarts")).as("restarts of %s", unit).isEqualTo("0");
            String pid = machine.unit(unit, "MainPID");
            assertThat(machine.succeed("stat", "-c", "%U", "/proc/" + pid)).isEqualTo("farshore");
            assertThat(machine.succeed("cat", "/proc/" + pid + "/cmdline"))
                    .contains("/usr/lib/farshore/runtime/bin/java", "-Xmx512m");
        }
        assertThat(machine.succeed("stat", "-c", "%a %F", "/run/farshore/nbd.sock"))
                .as("for the group farshore")
                .isEqualTo("770 socket");
    }

    /** The same with a higher version and another example configuration. */
    private static Path newer(Path release, Path folder) throws Exception {
        Path unpacked = folder.resolve("newer");
        RealTools.succeed("dpkg-deb", "-R", release.toString(), unpacked.toString());
        Path control = unpacked.resolve("DEBIAN/control");
        Files.writeString(
                control,
                Files.readString(control)
                        .replaceFirst("(?m)^Version: .*$", "Version: " + NEW_VERSION));
        Files.writeString(
                unpacked.resolve(NODE_CONFIG.substring(1)),
                "# New in this version.\n",
                StandardOpenOption.APPEND);
        Path newer = folder.resolve("newer.deb");
        RealTools.succeed("dpkg-deb", "-Znone", "-b", unpacked.toString(), newer.toString());
        return newer;
    }

    private static void upgrade(Machine machine, Path newer) throws Exception {
        String config = Files.readString(machine.file(NODE_CONFIG));
        List<String> before = pids(machine);

        install(machine, newer);

        assertThat(machine.succeed("dpkg-query", "-W", "-f=${Version}", "farshore"))
                .isEqualTo(NEW_VERSION);
        assertThat(pids(machine)).doesNotContainAnyElementsOf(before);
        assertThatBothRun(machine);
        assertThat(machine.file(NODE_CONFIG)).as("edited").hasContent(config);
        assertThat(machine.succeed("stat", "-c", "%U:%G %a", NODE_CONFIG))
                .isEqualTo("root:farshore 640");
        assertThat(machine.file(NODE_CONFIG + ".dpkg-dist"))
                .as("the new version's example")
                .content()
                .contains("# New in this version.");
    }

    private static List<String> pids(Machine machine) throws Exception {
        return List.of(
                machine.unit(UNITS.getFirst(), "MainPID"),
                machine.unit(UNITS.getLast(), "MainPID"));
    }

    private static void remove(Machine machine) throws Exception {
        await("both writes in the image")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThatTheImageIsThere(machine));
        machine.succeed("dpkg", "--remove", "farshore");
        for (String unit : UNITS) {
            assertThat(machine.run("systemctl", "is-active", unit).output().strip())
                    .isEqualTo("inactive");
        }
        assertThat(machine.file("/usr/lib/farshore")).doesNotExist();
        assertThat(machine.file(NODE_CONFIG)).exists();
        assertThatTheImageIsThere(machine);

        String said = machine.succeed("dpkg", "--purge", "farshore");
        assertThat(said).contains("/var/lib/farshore is kept");
        assertThat(machine.file("/etc/farshore")).doesNotExist();
        assertThat(machine.file("/etc/default/farshore-node")).doesNotExist();
        assertThatTheImageIsThere(machine);
        assertThat(machine.succeed("stat", "-c", "%U", IMAGE))
                .as("who owned it still does")
                .isEqualTo("farshore");
    }

    private static void assertThatTheImageIsThere(Machine machine) throws IOException {
        byte[] expected = new byte[2 * WRITTEN_BYTES];
        Arrays.fill(expected, 0, WRITTEN_BYTES, FIRST);
        Arrays.fill(expected, WRITTEN_BYTES, 2 * WRITTEN_BYTES, SECOND);
        try (InputStream image = Files.newInputStream(machine.file(IMAGE))) {
            assertThat(Arrays.equals(image.readNBytes(expected.length), expected))
                    .as("the image has both writes")
                    .isTrue();
        }
    }

    private void write(byte pattern, long offset) throws Exception {
        qemu("write -P %d %d %d".formatted(pattern, offset, WRITTEN_BYTES), "flush");
    }

    private void read(byte pattern, long offset) throws Exception {
        qemu("read -P %d %d %d".formatted(pattern, offset, WRITTEN_BYTES));
    }

    /** A volume is served some time after its node is: as soon as it is created or taken up. */
    private void qemu(String... commands) {
        List<String> arguments =
                Stream.concat(
                                Stream.of("-f", "raw", "nbd://127.0.0.1:%d/db".formatted(nbdPort)),
                                Stream.of(commands).flatMap(command -> Stream.of("-c", command)))
                        .toList();
        await(String.join(", ", commands))
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            RealTools.Result result =
                                    RealTools.run("qemu-io", arguments.toArray(String[]::new));
                            assertThat(result.status()).as(result.output()).isZero();
                            assertThat(result.output()).doesNotContain("failed", "error");
                        });
    }
}
