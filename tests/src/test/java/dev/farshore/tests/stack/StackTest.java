package dev.farshore.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.fixture.RunsOn;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The stack of {@code compose/compose.yaml}, as users start it. Under load a broker, a replica's
 * node and the owner's node are killed, and the VM is handed over. Nothing is lost, the lag comes
 * back under its bound, and Prometheus has data for every panel.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.OWN_CONTAINERS)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class StackTest {
    private static final long SIZE_BYTES = 96L << 20;
    private static final List<String> VVOLS = List.of("stack-data", "stack-log");
    private static final String VM = "stack";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration STEADY = Duration.ofSeconds(3);

    /** Ten processes share this machine with the tests beside; on an idle one, it is far below. */
    private static final double LAG_BOUND_SECONDS = 5;

    private static final double MEMORY_BOUND_MIB = 4096;
    private static final int CHUNK_BYTES = 1 << 20;

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir private Path folder;

    @Test
    void shouldLoseNothingAndCatchUpWhenABrokerAndNodesAreKilled() throws Exception {
        say("-Dfarshore.seed=%d; all services but Grafana, whose image is not to be had", seed);
        try (ComposeStack stack = ComposeStack.prepare("stack", List.of("compose.yaml"), Map.of());
                StackApi api = new StackApi(stack)) {
            try {
                say("up and healthy after %d s", stack.up().toSeconds());
                assertThatMemoryIsInBounds(stack);
                run(stack, api);
            } catch (Exception | AssertionError e) {
                System.out.println(stack.logs());
                throw e;
            }
        }
    }

    private void run(ComposeStack stack, StackApi api) throws Exception {
        List<WriteRecord> records =
                VVOLS.stream().map(vvol -> new WriteRecord(vvol, 1, SIZE_BYTES)).toList();
        for (String vvol : VVOLS) {
            api.post(
                    "volumes",
                    new NewVolume(vvol, SIZE_BYTES, "a", null, 16L << 20),
                    VolumeReport.class);
            await(vvol + " served")
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> api.locate(vvol) != null);
        }
        api.post("vms", new NewVm(VM, List.copyOf(VVOLS)), VmReport.class);
        try (Workload workload = workload(records, api)) {
            workload.start();
            awaitWrites(workload);
            say(
                    "lag under its bound after %d ms",
                    recoveryMillis(api, workload, System.nanoTime()));

            String broker = ComposeStack.BROKERS.get(random.nextInt(3));
            long killedNs = System.nanoTime();
            stack.kill(broker);
            say("%s killed: lag back after %d ms", broker, recoveryMillis(api, workload, killedNs));
            stack.start(broker);

            String replica = keeper(api, "b");
            killedNs = System.nanoTime();
            stack.kill(replica);
            say(
                    "%s killed: lag back after %d ms",
                    replica, recoveryMillis(api, workload, killedNs));
            stack.start(replica);

            String owner = keeper(api, "a");
            killedNs = System.nanoTime();
            stack.kill(owner);
            stack.start(owner);
            awaitWrites(workload);
            say(
                    "%s killed and started: lag back after %d ms, writes waited %d ms",
                    owner,
                    recoveryMillis(api, workload, killedNs),
                    workload.longestStallNs(killedNs, System.nanoTime()) / 1_000_000);
            List.of(broker, replica, owner).forEach(stack::awaitHealthy);

            migrate(api, workload);
            assertThatPrometheusKnowsEverything(api);
            workload.stop();
            assertThat(workload.differences()).as("stale reads, seed %d", seed).isEmpty();
            say(
                    "%d writes, %d flushes, %d connections",
                    workload.snapshot().writes(),
                    workload.snapshot().flushes(),
                    workload.snapshot().connections());
        }
        assertThatImagesAreRight(stack, api, records);
        assertThatTheRegistryKeepsSchemas(stack);
    }

    private static void assertThatMemoryIsInBounds(ComposeStack stack) throws Exception {
        Map<String, Double> memory = stack.memoryMib();
        double sum = memory.values().stream().mapToDouble(Double::doubleValue).sum();
        say("idle: %.0f MiB in all: %s", sum, memory);
        assertThat(sum).as("MiB in use: %s", memory).isLessThan(MEMORY_BOUND_MIB);
    }

    private Workload workload(List<WriteRecord> records, StackApi api) {
        return new Workload(
                records.stream()
                        .map(
                                record ->
                                        new Workload.Volume(
                                                record,
                                                new DatabaseSource(
                                                        record.markerOffset(),
                                                        seed + record.vvol().hashCode(),
                                                        50),
                                                4))
                        .toList(),
                api,
                new WorkloadTimeouts(Duration.ofSeconds(10), LIMIT, LIMIT));
    }

    private void awaitWrites(Workload workload) {
        long before = workload.snapshot().writes();
        await("writes go on, seed %d".formatted(seed))
                .atMost(LIMIT)
                .until(
                        () -> {
                            workload.checkHealth();
                            return workload.snapshot().writes() > before + 100;
                        });
    }

    /** From then until every site's lag was under the bound and stayed there. */
    private long recoveryMillis(StackApi api, Workload workload, long startNs) {
        long[] lastAboveNs = {System.nanoTime()};
        await("lag under %s s, seed %d".formatted(LAG_BOUND_SECONDS, seed))
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> {
                            workload.checkHealth();
                            boolean isUnder = isLagUnderBound(api);
                            long nowNs = System.nanoTime();
                            if (!isUnder) {
                                lastAboveNs[0] = nowNs;
                            }
                            return nowNs - lastAboveNs[0] > STEADY.toNanos();
                        });
        return (lastAboveNs[0] - startNs) / 1_000_000;
    }

    /** A lag that nobody knows, or that a silent node told long ago, is none under the bound. */
    private static boolean isLagUnderBound(StackApi api) {
        try {
            List<LagReport> lag = api.lag();
            return lag.size() == 2 * VVOLS.size()
                    && lag.stream()
                            .allMatch(
                                    site ->
                                            site.seconds() != null
                                                    && site.seconds() < LAG_BOUND_SECONDS
                                                    && site.silentSeconds() == null
                                                    && site.health().equals("OK"));
        } catch (IOException e) {
            return false;
        }
    }

    /** The node that keeps the first volume's image at a site. */
    private static String keeper(StackApi api, String site) throws IOException {
        return api.volume(VVOLS.getFirst()).images().stream()
                .filter(image -> image.site().equals(site))
                .map(VolumeReport.Image::node)
                .findFirst()
                .orElseThrow();
    }

    private void migrate(StackApi api, Workload workload) throws Exception {
        long startNs = System.nanoTime();
        MigrationReport started =
                api.post(
                        "vms/" + VM + "/migrations",
                        new NewMigration("b", null),
                        MigrationReport.class);
        MigrationReport over =
                await("migration, seed %d".formatted(seed))
                        .atMost(LIMIT)
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(
                                () -> api.get("migrations/" + started.id(), MigrationReport.class),
                                MigrationReport::over);
        assertThat(over.hasFinished()).as("%s", over).isTrue();
        awaitWrites(workload);
        say(
                "migrated to b: writes held %s ms, the guest waited %d ms",
                over.downtimeMillis(),
                workload.longestStallNs(startNs, System.nanoTime()) / 1_000_000);
    }

    private void assertThatPrometheusKnowsEverything(StackApi api) throws Exception {
        await("targets up")
                .atMost(LIMIT)
                .untilAsserted(
                        () -> {
                            JsonNode up = api.query("up == 1");
                            assertThat(up).as("%s", up).hasSize(7);
                        });
        for (JsonNode group : api.prometheus("rules").path("data").path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                assertThat(rule.path("health").asText())
                        .as("rule %s: %s", rule.path("name"), rule.path("lastError"))
                        .isIn("ok", "unknown");
            }
        }
        List<DashboardPanels.Expression> panels =
                DashboardPanels.read(Path.of("../compose/grafana/dashboards"));
        for (DashboardPanels.Expression panel : panels) {
            await(panel.panel())
                    .atMost(Duration.ofMinutes(1))
                    .untilAsserted(
                            () ->
                                    assertThat(api.query(panel.query()))
                                            .as("%s has data: %s", panel.panel(), panel.query())
                                            .isNotEmpty());
        }
        say("Prometheus has data for %d expressions of dashboards", panels.size());
    }

    /** Both sites' images as files, and what each serves as the newest, are what was written. */
    private void assertThatImagesAreRight(
            ComposeStack stack, StackApi api, List<WriteRecord> records) throws Exception {
        await("hardened everywhere")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> api.lag().stream().allMatch(LagReport::isNone));
        for (WriteRecord record : records) {
            Map<String, Path> images = new TreeMap<>();
            for (VolumeReport.Image image : api.volume(record.vvol()).images()) {
                Path file = folder.resolve(record.vvol() + "." + image.node());
                stack.copy(
                        image.node(),
                        "/var/lib/farshore/images/%s.img".formatted(record.vvol()),
                        file);
                images.put(image.site(), file);
                Path latest = folder.resolve(record.vvol() + "@latest." + image.node());
                read(api, image.node(), record.vvol() + "@latest", latest);
                images.put(image.site() + " @latest", latest);
            }
            assertThat(images).as("images of %s", record.vvol()).hasSize(4);
            ImageVerification found = ImageVerifier.verify(record, images);
            assertThat(found.isFaultless()).as("%s, seed %d", found, seed).isTrue();
        }
    }

    private static void read(StackApi api, String node, String export, Path target)
            throws Exception {
        try (NbdClient client = NbdClient.connect(api.at(node, export), Duration.ofSeconds(20));
                FileChannel file =
                        FileChannel.open(
                                target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long offset = 0; offset < SIZE_BYTES; offset += CHUNK_BYTES) {
                ByteBuffer chunk =
                        ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, SIZE_BYTES - offset));
                client.read(offset, chunk).get(1, TimeUnit.MINUTES);
                chunk.clear();
                while (chunk.hasRemaining()) {
                    file.write(chunk);
                }
            }
        }
    }

    /** Its schemas are in Kafka: a registry that starts anew has them. */
    private static void assertThatTheRegistryKeepsSchemas(ComposeStack stack) throws Exception {
        Set<String> before = subjects(stack);
        assertThat(before).anyMatch(subject -> subject.contains("farshore"));
        stack.restart(ComposeStack.REGISTRY);
        stack.awaitHealthy(ComposeStack.REGISTRY);
        assertThat(subjects(stack)).isEqualTo(before);
    }

    private static Set<String> subjects(ComposeStack stack) throws Exception {
        String answer =
                stack.execute(
                        ComposeStack.REGISTRY,
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /apis/ccompat/v7/subjects"
                                + " HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3");
        return Set.of(
                new ObjectMapper()
                        .readValue(answer.substring(answer.indexOf('[')), String[].class));
    }

    private static void say(String format, Object... values) {
        System.out.println("StackTest: " + format.formatted(values));
    }
}
