package dev.farshore.tests.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.SharedEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A site that can't make its image from the log any more gets it again from the owner. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReseedTest {
    private static final long SIZE_BYTES = 64L << 20;
    private static final int BLOCK_BYTES = 16 << 10;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private KafkaEnvironment environment;
    private Sites sites;

    @BeforeAll
    void start(KafkaEnvironment shared, @TempDir Path folder) throws Exception {
        System.out.println("ReseedTest seed " + seed + " (-Dfarshore.seed)");
        environment = shared;
        sites = new Sites(folder, shared, "ea", "eb");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldSeedASiteAnewThatLostItsImageWhenTheLogHadLostItsBeginning() throws Exception {
        sites.createVolume("lost-disk", SIZE_BYTES, "ea");
        write("lost-disk", 300);
        sites.awaitHardened("lost-disk");
        loseImages("lost-disk", true);

        write("lost-disk", 20);
        sites.node("eb").start();
        write("lost-disk", 100);
        awaitWholeAgain("lost-disk");

        write("lost-disk", 20);
        assertIdentical("lost-disk");
        assertThat(image("lost-disk", "eb").seed().id()).isPositive();
    }

    @Test
    void shouldSeedASiteAnewThatLostItsImageOfAVolumeNobodyWritesTo() throws Exception {
        sites.createVolume("idle-disk", SIZE_BYTES, "ea");
        write("idle-disk", 100);
        sites.awaitHardened("idle-disk");
        loseImages("idle-disk", true);

        sites.node("eb").start();
        awaitWholeAgain("idle-disk");
        assertIdentical("idle-disk");
    }

    @Test
    void shouldSeedASiteAnewWhoseSuperblockIsDamaged() throws Exception {
        sites.createVolume("torn-disk", SIZE_BYTES, "ea");
        write("torn-disk", 100);
        sites.awaitHardened("torn-disk");
        sites.node("eb").stop();
        Path image = sites.node("eb").image("torn-disk");
        Files.write(image.resolveSibling("torn-disk.sb"), new byte[8192]);

        sites.node("eb").start();
        awaitWholeAgain("torn-disk");
        assertIdentical("torn-disk");
    }

    /** Site rb stops, loses its images, and the log what is in it until now. */
    private void loseImages(String vvol, boolean isLogLost) throws Exception {
        sites.node("eb").stop();
        try (Stream<Path> files = Files.list(sites.node("eb").imageDirectory())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        if (isLogLost) {
            int partition = sites.coordinator().volumes().require(vvol).getPartition();
            forgetLog(new TopicPartition(Topics.WRITES, partition));
        }
    }

    private void forgetLog(TopicPartition partition) throws Exception {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                environment.bootstrapServers()))) {
            long end =
                    admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                            .partitionResult(partition)
                            .get()
                            .offset();
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(end))).all().get();
        }
    }

    /** It is said what the site lacks, and then it does not lack it any more, with no help. */
    private void awaitWholeAgain(String vvol) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () ->
                                image(vvol, "eb").health().equals("OK")
                                        && image(vvol, "eb").seed().id() > 0
                                        && image(vvol, "eb").seed().finished());
    }

    private VolumeReport.Image image(String vvol, String site) {
        return sites.image(vvol, site).orElseThrow();
    }

    private void write(String vvol, int blocks) throws Exception {
        try (NbdClient guest = NbdClient.connect(sites.locate(vvol), Duration.ofSeconds(30))) {
            byte[] bytes = new byte[BLOCK_BYTES];
            for (int i = 0; i < blocks; i++) {
                long offset = random.nextInt((int) (SIZE_BYTES / BLOCK_BYTES)) * (long) BLOCK_BYTES;
                random.nextBytes(bytes);
                if (random.nextInt(8) == 0) {
                    guest.trim(offset, BLOCK_BYTES, false).get(30, TimeUnit.SECONDS);
                } else {
                    guest.write(offset, ByteBuffer.wrap(bytes.clone()), false)
                            .get(30, TimeUnit.SECONDS);
                }
            }
            guest.flush().get(30, TimeUnit.SECONDS);
        }
    }

    private void assertIdentical(String vvol) throws IOException {
        sites.awaitHardened(vvol);
        Path own = sites.node("ea").image(vvol);
        Path other = sites.node("eb").image(vvol);
        assertThat(Files.mismatch(own, other)).as("seed %d", seed).isEqualTo(-1);
    }
}
