package dev.farshore.tests.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.process.http.RefusedException;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** An ext4 file system is brought into the log while its guest goes on changing it. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ImportTest {
    private static final long SIZE_BYTES = 64L << 20;
    private static final int OLD_FILES = 48;
    private static final long BYTES_PER_SECOND = 2L << 20;
    private static final int FLUSH_POINTS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Sites sites;
    private Path folder;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        folder = temporary;
        sites =
                new Sites(
                        temporary,
                        environment,
                        "imports: {folders: [\"%s\"]}\n".formatted(temporary),
                        List.of("ia", "ib"));
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldImportARawDiskWhileItsGuestWritesAndItsNodeIsKilled() throws Exception {
        Ext4Disk disk = disk("raw");
        importDisk("raw-disk", disk.raw("source.raw"), "raw");
        sites.createVm("raw-vm", "raw-disk");
        assertSeenWhole("raw-disk", disk);
        try (NbdClient guest = connect("raw-disk")) {
            disk.change(guest);
            disk.change(guest);
        }
        assertThatThrownBy(() -> sites.migrate("raw-vm", "ib"))
                .as("handing over a disk that only one site has")
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("is being imported");
        assertThat(sites.coordinator().volumes().require("raw-disk").getOwner()).isEqualTo("ia");
        assertThat(report("raw-disk").importing()).as("still under way").isNotEmpty();

        sites.node("ia").kill();
        sites.node("ia").start();
        awaitServed("raw-disk");
        assertSeenWhole("raw-disk", disk);
        try (NbdClient guest = connect("raw-disk")) {
            for (int i = 0; i < 4; i++) {
                disk.change(guest);
            }
        }
        assertSeenWhole("raw-disk", disk);
        awaitImported("raw-disk");
        assertCleanAtFlushPoints("raw-disk", disk);
    }

    @Test
    void shouldImportAQcow2Disk() throws Exception {
        Ext4Disk disk = disk("qcow2");
        importDisk("qcow2-disk", disk.qcow2("source.qcow2"), "qcow2");
        try (NbdClient guest = connect("qcow2-disk")) {
            disk.change(guest);
        }
        assertSeenWhole("qcow2-disk", disk);
        awaitImported("qcow2-disk");
        assertCleanAtFlushPoints("qcow2-disk", disk);
        assertThat(sites.node("ia").imageDirectory().resolveSibling("imports"))
                .as("what was made from the image is not kept")
                .isEmptyDirectory();
    }

    @Test
    void shouldSayWhyAnImportCannotBegin() throws Exception {
        sites.coordinator()
                .volumes()
                .create(
                        new NewVolume(
                                "no-disk",
                                SIZE_BYTES,
                                "ia",
                                null,
                                null,
                                null,
                                new NewImport(folder.resolve("none").toString(), "raw", null)));
        await().atMost(PATIENCE)
                .until(
                        () ->
                                sites.image("no-disk", "ia")
                                        .map(image -> image.seed().problem())
                                        .orElse("")
                                        .contains("no such file"));
        sites.coordinator().seeds().cancelImport("no-disk");
        try (NbdClient guest = connect("no-disk")) {
            assertThat(guest.info().sizeBytes()).isEqualTo(SIZE_BYTES);
        }
    }

    private Ext4Disk disk(String name) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("ImportTest " + name + " seed " + seed + " (-Dfarshore.seed)");
        return Ext4Disk.make(
                Files.createDirectories(folder.resolve(name)),
                SIZE_BYTES,
                OLD_FILES,
                new Random(seed));
    }

    private void importDisk(String vvol, Path image, String format) {
        sites.coordinator()
                .volumes()
                .create(
                        new NewVolume(
                                vvol,
                                SIZE_BYTES,
                                "ia",
                                null,
                                null,
                                null,
                                new NewImport(image.toString(), format, BYTES_PER_SECOND)));
        awaitServed(vvol);
    }

    private void awaitServed(String vvol) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> {
                            connect(vvol).close();
                            return true;
                        });
    }

    private NbdClient connect(String vvol) throws Exception {
        return NbdClient.connect(sites.locate(vvol), Duration.ofSeconds(30));
    }

    private VolumeReport report(String vvol) {
        return sites.coordinator().volumeReports().of(sites.coordinator().volumes().require(vvol));
    }

    private void awaitImported(String vvol) {
        await().atMost(PATIENCE).until(() -> report(vvol).importing().isEmpty());
    }

    /** The guest sees the whole disk, however much of it is in the log. */
    private void assertSeenWhole(String vvol, Ext4Disk disk) throws Exception {
        Path seen = folder.resolve(vvol + ".seen");
        RealTools.succeed("nbdcopy", sites.locate(vvol).toString(), seen.toString());
        assertThat(Files.mismatch(seen, disk.content())).as("what the guest sees").isEqualTo(-1);
        RealTools.succeed("e2fsck", "-fn", seen.toString());
    }

    /** The guest goes on; every time it has flushed, every site's image is its disk. */
    private void assertCleanAtFlushPoints(String vvol, Ext4Disk disk) throws Exception {
        for (int i = 0; i < FLUSH_POINTS; i++) {
            try (NbdClient guest = connect(vvol)) {
                disk.change(guest);
            }
            sites.awaitHardened(vvol);
            for (Path image : sites.images(vvol).values()) {
                RealTools.succeed("e2fsck", "-fn", image.toString());
                assertThat(Files.mismatch(image, disk.content())).as("%s", image).isEqualTo(-1);
            }
        }
        assertThat(report(vvol).images())
                .extracting(VolumeReport.Image::health)
                .containsExactly("OK", "OK");
    }
}
