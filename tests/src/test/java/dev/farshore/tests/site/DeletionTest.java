package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.VolumeSpec;
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

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A volume is deleted at every site, also at one that is away then. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class DeletionTest {
    private static final long SIZE_BYTES = 16L << 20;
    private static final int PART_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Sites sites;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        sites = new Sites(temporary, environment, "da", "db");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldFreeAVolumeEverywhereAndUseItsNameAgainAtAnotherSite() throws Exception {
        sites.createVolume("gone", SIZE_BYTES, "da");
        try (NbdClient guest = NbdClient.connect(sites.locate("gone"), PATIENCE)) {
            guest.write(0, pattern(1), true).get(30, TimeUnit.SECONDS);
            await().atMost(PATIENCE).until(() -> clientsAt("da") == 1);
            assertThatThrownBy(() -> sites.coordinator().deletion().delete("gone", "gone"))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("1 clients at node da-1");
        }
        sites.awaitHardened("gone");
        sites.node("db").kill();

        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(RefusedException.class)
                .until(() -> sites.coordinator().deletion().delete("gone", "gone") != null);
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(RefusedException.class)
                .until(
                        () ->
                                sites.coordinator()
                                                .volumes()
                                                .create(
                                                        new NewVolume(
                                                                "gone",
                                                                2 * SIZE_BYTES,
                                                                "db",
                                                                null,
                                                                null))
                                        != null);
        assertThat(sites.node("da").journal("gone")).doesNotExist();
        assertThat(Files.size(sites.node("da").image("gone"))).isEqualTo(512);
        assertThat(Files.size(sites.node("db").image("gone")))
                .as("what the site has that is away")
                .isEqualTo(SIZE_BYTES);

        sites.node("db").start();
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> {
                            try (NbdClient guest =
                                    NbdClient.connect(sites.locate("gone"), PATIENCE)) {
                                return guest.info().sizeBytes() == 2 * SIZE_BYTES;
                            }
                        });
        try (NbdClient guest = NbdClient.connect(sites.locate("gone"), PATIENCE)) {
            ByteBuffer read = ByteBuffer.allocate(PART_BYTES);
            guest.read(0, read).get(30, TimeUnit.SECONDS);
            assertThat(read.array())
                    .as("data of the deleted volume")
                    .isEqualTo(new byte[PART_BYTES]);
            guest.write(PART_BYTES, pattern(2), true).get(30, TimeUnit.SECONDS);
        }
        sites.awaitHardened("gone");
        Path atOwner = sites.node("db").image("gone");
        assertThat(Files.size(atOwner)).isEqualTo(2 * SIZE_BYTES);
        assertThat(Files.mismatch(atOwner, sites.node("da").image("gone"))).isEqualTo(-1);
    }

    /** What the coordinator knows, which is what a deletion goes by. */
    private int clientsAt(String site) {
        VolumeSpec spec = sites.coordinator().volumes().require("gone");
        return sites.coordinator().volumeReports().of(spec).images().stream()
                .filter(image -> image.site().equals(site) && image.clients() != null)
                .mapToInt(VolumeReport.Image::clients)
                .sum();
    }

    private static ByteBuffer pattern(int value) {
        byte[] bytes = new byte[PART_BYTES];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }
}
