package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A site of three nodes under load: one killed, one added, one paused beyond its session. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class NodesUnderLoadTest {
    private static final long SIZE_BYTES = 96L << 20;
    private static final int VOLUMES = 4;
    private static final int WRITES_PER_SECOND = 40;
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration PAUSE = SESSION.plusSeconds(4);

    /** To be noticed and taken over; of that, a busy machine may need some for itself. */
    private static final Duration TAKE_OVER = SESSION.plusSeconds(8);

    private static final String SETTINGS = "streams: {sessionTimeout: 4s}";

    private final Map<String, NodeProcess> nodes = new HashMap<>();

    @Test
    void shouldKeepEveryVolumeReadWhileNodesDiePauseAndJoin(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("NodesUnderLoadTest seed " + seed + " (-Dfarshore.seed)");
        List<String> vvols = IntStream.range(0, VOLUMES).mapToObj(i -> "nodes-" + i).toList();
        try (Sites sites = new Sites(folder, environment, SETTINGS, List.of("ma", "mb"));
                NodeProcess second = node(folder, "mb-2", environment);
                NodeProcess third = node(folder, "mb-3", environment);
                NodeProcess fourth = node(folder, "mb-4", environment)) {
            nodes.put("mb-1", sites.node("mb"));
            NodeProcess.startAll(List.of(second, third));
            List<WriteRecord> records = new ArrayList<>();
            for (int volume = 0; volume < VOLUMES; volume++) {
                sites.createVolume(vvols.get(volume), SIZE_BYTES, "ma");
                records.add(new WriteRecord(vvols.get(volume), volume + 1, SIZE_BYTES));
            }
            Readers readers = new Readers(sites, "ma", "mb", vvols);
            try (Workload workload = workload(records, sites, seed)) {
                workload.start();
                readers.awaitImages(Duration.ofSeconds(60));
                say("at the start", readers.awaitAll(TAKE_OVER), readers);
                assertThat(new HashSet<>(readers.nodes().values()))
                        .as("nodes that keep volumes: %s", readers.nodes())
                        .hasSizeGreaterThan(1);

                NodeProcess victim = keeper(readers, vvols.getFirst());
                victim.kill();
                say("after kill -9 of " + victim.name(), readers.awaitAll(TAKE_OVER), readers);
                assertThat(readers.nodes().values()).doesNotContain(victim.name());

                fourth.start();
                say("after mb-4 was added", readers.awaitAll(TAKE_OVER), readers);

                NodeProcess paused = keeper(readers, vvols.getFirst());
                paused.pause();
                Duration taken = readers.awaitAll(TAKE_OVER);
                say("while " + paused.name() + " was paused", taken, readers);
                Thread.sleep(PAUSE.minus(taken).isPositive() ? PAUSE.minus(taken) : Duration.ZERO);
                paused.resume();
                say("after it went on", readers.awaitAll(TAKE_OVER), readers);

                workload.stop();
                assertThat(workload.differences()).as("read back, seed %d", seed).isEmpty();
            }
            for (WriteRecord record : records) {
                sites.awaitHardened(record.vvol());
                ImageVerification images =
                        ImageVerifier.verify(
                                record,
                                Map.of(
                                        "ma",
                                        sites.node("ma").image(record.vvol()),
                                        "mb",
                                        keeper(readers, record.vvol()).image(record.vvol())));
                assertThat(images.isFaultless()).as("%s, seed %d", images, seed).isTrue();
            }
        }
    }

    private NodeProcess node(Path folder, String name, KafkaEnvironment environment)
            throws IOException {
        NodeProcess node = new NodeProcess(folder.resolve(name), "mb", name, environment, SETTINGS);
        nodes.put(name, node);
        return node;
    }

    private NodeProcess keeper(Readers readers, String vvol) {
        NodeProcess keeper = nodes.get(readers.nodes().get(vvol));
        assertThat(keeper).as("keeper of %s: %s", vvol, readers.nodes()).isNotNull();
        return keeper;
    }

    private static void say(String when, Duration taken, Readers readers) {
        System.out.printf(
                "%s: every volume read again after %d ms, by %s%n",
                when, taken.toMillis(), readers.nodes());
    }

    private static Workload workload(List<WriteRecord> records, Sites sites, long seed) {
        return new Workload(
                records.stream()
                        .map(
                                record ->
                                        new Workload.Volume(
                                                record,
                                                new DatabaseSource(
                                                        record.markerOffset(),
                                                        seed + record.vvol().hashCode(),
                                                        WRITES_PER_SECOND),
                                                4))
                        .toList(),
                sites,
                WorkloadTimeouts.DEFAULT);
    }
}
