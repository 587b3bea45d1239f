package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code kill -9} of nodes under load, at either end of the log. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class NodeKillTest {
    private static final long SIZE_BYTES = 256L << 20;
    private static final int KILLS = Integer.getInteger("farshore.kills", 3);
    private static final Pattern APPLIED = Pattern.compile(" applied=(\\d+)");

    @Test
    void shouldLoseNoAcknowledgedWriteWhenNodesAreKilled(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("NodeKillTest seed " + seed + " (-Dfarshore.seed)");
        Random random = new Random(seed);
        WriteRecord record = new WriteRecord("kill-disk", 1, SIZE_BYTES);
        try (Sites sites = new Sites(folder, environment, "ka", "kb")) {
            sites.createVolume("kill-disk", SIZE_BYTES, "ka");
            try (Workload workload = workload(record, sites, seed)) {
                workload.start();
                for (int kill = 0; kill < KILLS; kill++) {
                    Thread.sleep(Duration.ofMillis(1000 + random.nextInt(2000)));
                    NodeProcess victim = sites.node(kill % 2 == 0 ? "ka" : "kb");
                    victim.kill();
                    victim.start();
                    workload.checkHealth();
                }
                Thread.sleep(Duration.ofSeconds(2));
                workload.stop();
                assertThat(workload.differences()).as("read back, seed %d", seed).isEmpty();
            }
            sites.awaitHardened("kill-disk");

            ImageVerification images = ImageVerifier.verify(record, sites.images("kill-disk"));
            assertThat(images.lostWrites()).as("lost writes, seed %d", seed).isZero();
            assertThat(images.imagesIdentical()).as("images identical, seed %d", seed).isTrue();
            assertThat(sites.image("kill-disk", "ka").orElseThrow().health()).isEqualTo("OK");
            long events = sites.image("kill-disk", "ka").orElseThrow().appliedSeq();
            assertThat(eventsApplied(sites.node("ka").stop()))
                    .as("events that the killed node applied after its last start")
                    .isPositive()
                    .isLessThan(events);
        }
    }

    private static long eventsApplied(String output) {
        Matcher matcher = APPLIED.matcher(output);
        assertThat(matcher.find()).as("what the node says it applied: %s", output).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static Workload workload(WriteRecord record, Sites sites, long seed) {
        return new Workload(
                List.of(
                        new Workload.Volume(
                                record, new DatabaseSource(record.markerOffset(), seed, 500), 8)),
                sites,
                WorkloadTimeouts.DEFAULT);
    }
}
