package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The read-only exports of a volume, as the block clients that people use see them. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class SiteViewsTest {
    private static final long SIZE_BYTES = 64L << 20;

    private Path folder;
    private Sites sites;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        folder = temporary;
        sites = new Sites(temporary, environment, "va", "vb");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldReadTheNewestDataAtEverySiteWhileItIsWritten() throws Exception {
        sites.createVolume("view-disk", SIZE_BYTES, "va");
        String owned = uri("view-disk", "va");
        RealClient qemuIo = RealClient.in(folder);
        Random random = new Random(1);
        for (int round = 1; round <= 20; round++) {
            int pattern = 1 + random.nextInt(255);
            long offset = random.nextInt((int) (SIZE_BYTES >> 16)) * 65536L;
            qemuIo.run(
                    "qemu-io",
                    "-f",
                    "raw",
                    "-c",
                    "write -P %d %d 64k".formatted(pattern, offset),
                    "-c",
                    "discard %d 4k".formatted(offset + 8192),
                    "-c",
                    "flush",
                    owned);
            for (String site : new String[] {"vb", "va"}) {
                assertThat(
                                qemuIo.run(
                                        "qemu-io",
                                        "-r",
                                        "-f",
                                        "raw",
                                        "-c",
                                        "read -P %d %d 8k".formatted(pattern, offset),
                                        "-c",
                                        "read -P 0 %d 4k".formatted(offset + 8192),
                                        "-c",
                                        "read -P %d %d 52k".formatted(pattern, offset + 12288),
                                        uri("view-disk@latest", site)))
                        .as("round %d at %s", round, site)
                        .doesNotContain("Pattern verification failed");
            }
        }

        assertThat(
                        qemuIo.run(
                                "qemu-img",
                                "compare",
                                "-f",
                                "raw",
                                "-F",
                                "raw",
                                uri("view-disk@latest", "va"),
                                uri("view-disk@latest", "vb")))
                .contains("Images are identical");
        sites.awaitHardened("view-disk");
        Path copy = folder.resolve("copy.raw");
        qemuIo.run("nbdcopy", uri("view-disk@replica", "vb"), copy.toString());
        assertThat(Files.mismatch(copy, sites.node("va").image("view-disk"))).isEqualTo(-1);
    }

    @Test
    void shouldListTheViewsWithTheirPositionAndRefuseToWriteThem() throws Exception {
        sites.createVolume("list-disk", SIZE_BYTES, "va");
        sites.awaitHardened("list-disk");
        RealClient client = RealClient.in(folder);

        // Where the volume is owned, because nbdinfo opens every export of the list.
        assertThat(client.run("nbdinfo", "--list", uri("", "va")))
                .contains(
                        "export=\"list-disk@latest\"",
                        "export=\"list-disk@replica\"",
                        "the image of site va, at epoch 1, seq ",
                        "0.0 s behind");
        assertThat(client.run("nbdinfo", uri("list-disk@replica", "vb")))
                .contains(
                        "is_read_only: true",
                        "export-size: " + SIZE_BYTES,
                        "base:allocation",
                        "farshore:dirty-vb");
        assertThat(
                        client.fail(
                                "qemu-io",
                                "-f",
                                "raw",
                                "-c",
                                "write 0 4k",
                                uri("list-disk@latest", "vb")))
                .contains("Permission denied");
        assertThatThrownBy(() -> connect("list-disk@yesterday"))
                .hasMessageContaining("list-disk@latest, list-disk@replica");
        assertThatThrownBy(() -> connect("nobodys-disk@latest"))
                .hasMessageContaining("there is no volume nobodys-disk");
    }

    /** A copy costs what there is, not what there could be. */
    @Test
    void shouldCopyAnEmptyTebibyteInNoTime() throws Exception {
        sites.createVolume("empty-disk", 1L << 40, "va");
        sites.awaitHardened("empty-disk");
        RealClient client = RealClient.in(folder);
        for (String export :
                new String[] {"empty-disk", "empty-disk@latest", "empty-disk@replica"}) {
            String site = export.equals("empty-disk") ? "va" : "vb";
            long startNanos = System.nanoTime();
            client.run("nbdcopy", uri(export, site), "null:");
            long millis = (System.nanoTime() - startNanos) / 1_000_000;
            System.out.println("nbdcopy of " + export + " took ms: " + millis);
            assertThat(millis).as(export).isLessThan(20_000);
        }
    }

    @Test
    void shouldKeepTheHolesOfASparseDiskInItsCopies() throws Exception {
        sites.createVolume("sparse-disk", SIZE_BYTES, "va");
        RealClient client = RealClient.in(folder);
        String owned = uri("sparse-disk", "va");
        client.run(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "write -P 7 1M 4M",
                "-c",
                "discard 2M 1M",
                "-c",
                "write -z 4M 512k",
                "-c",
                "write -P 9 60M 64k",
                "-c",
                "flush",
                owned);
        for (int round = 0; round < 2; round++) {
            // At first the image may lack some of it, then it has all.
            for (String export :
                    new String[] {"sparse-disk", "sparse-disk@latest", "sparse-disk@replica"}) {
                for (String site : new String[] {"va", "vb"}) {
                    if (site.equals("vb") && export.equals("sparse-disk")
                            || round == 0 && export.endsWith("replica")) {
                        continue;
                    }
                    Path copy = folder.resolve("sparse.raw");
                    Files.deleteIfExists(copy);
                    client.run("nbdcopy", uri(export, site), copy.toString());
                    assertThat(
                                    client.run(
                                            "qemu-io",
                                            "-r",
                                            "-f",
                                            "raw",
                                            "-c",
                                            "read -P 0 0 1M",
                                            "-c",
                                            "read -P 7 1M 1M",
                                            "-c",
                                            "read -P 0 2M 1M",
                                            "-c",
                                            "read -P 7 3M 1M",
                                            "-c",
                                            "read -P 0 4M 512k",
                                            "-c",
                                            "read -P 7 4608k 512k",
                                            "-c",
                                            "read -P 9 60M 64k",
                                            copy.toString()))
                            .as("%s at %s, round %d", export, site, round)
                            .doesNotContain("verification failed");
                    if (round == 1) {
                        assertThat(client.run("nbdinfo", "--map", "--totals", uri(export, site)))
                                .as("%s at %s", export, site)
                                .contains("hole,zero")
                                .contains("2686976"); // 2.5 MiB and 64 KiB of data
                    }
                }
            }
            sites.awaitHardened("sparse-disk");
        }
    }

    private void connect(String export) throws IOException {
        NbdClient.connect(NbdUri.parse(uri(export, "vb")), Duration.ofSeconds(20)).close();
    }

    private String uri(String export, String site) {
        return "nbd+unix:///%s?socket=%s".formatted(export, sites.node(site).socket());
    }
}
