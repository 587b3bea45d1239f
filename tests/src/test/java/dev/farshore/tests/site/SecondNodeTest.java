package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A second node of a site, which must not write what the first one writes. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SecondNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SIZE_BYTES = 1L << 20;
    private static final int VOLUMES = 2;
    private static final int SECTOR_BYTES = 512;

    @Test
    void shouldWriteAVolumeAtOneNodeOnlyAndNeedADataDirForEach(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        try (Sites sites = new Sites(folder, environment, "na");
                ChildProgram same = sites.node("na").launch("same-folder.log");
                NodeProcess second =
                        new NodeProcess(folder.resolve("second"), "na", "na-2", environment)) {
            second.start();
            assertThat(same.awaitExit(PATIENCE)).isNotZero();
            assertThat(same.output())
                    .contains("dataDir " + folder.resolve("na").resolve("data") + " is in use")
                    .contains("(process ");
            for (int volume = 0; volume < VOLUMES; volume++) {
                sites.coordinator()
                        .volumes()
                        .create(new NewVolume("na-" + volume, SIZE_BYTES, "na", null, null));
            }
            List<NodeProcess> nodes = List.of(sites.node("na"), second);
            for (int volume = 0; volume < VOLUMES; volume++) {
                String vvol = "na-" + volume;
                List<String> answers =
                        await(vvol + " served by one of two")
                                .atMost(PATIENCE)
                                .until(
                                        () -> answers(nodes, vvol),
                                        all -> Collections.frequency(all, "served") == 1);
                assertThat(answers)
                        .filteredOn(answer -> !answer.equals("served"))
                        .singleElement()
                        .asString()
                        .contains("another node of site na");
            }
        }
    }

    /**
     * Once with an empty data folder, once with a copy of the first one's, journals and all: the
     * second is turned away, and what the first answers for is in its image.
     */
    @Test
    void shouldTurnAwayASecondNodeOfTheSameName(KafkaEnvironment environment, @TempDir Path folder)
            throws Exception {
        try (Sites sites = new Sites(folder, environment, "nd")) {
            sites.createVolume("nd-disk", SIZE_BYTES, "nd");
            writeAndFlush(sites, 0, (byte) 1);
            NodeProcess empty = new NodeProcess(folder.resolve("empty"), "nd", "nd-1", environment);
            assertTurnedAway(empty, folder.resolve("nd"));
            writeAndFlush(sites, 1, (byte) 2);

            sites.node("nd").stop();
            NodeProcess copy = new NodeProcess(folder.resolve("copy"), "nd", "nd-1", environment);
            copyFolder(folder.resolve("nd").resolve("data"), folder.resolve("copy/data"));
            sites.node("nd").start();
            assertTurnedAway(copy, folder.resolve("nd"));
            writeAndFlush(sites, 2, (byte) 3);

            sites.awaitHardened("nd-disk");
            byte[] image = Files.readAllBytes(sites.node("nd").image("nd-disk"));
            for (int sector = 0; sector < 3; sector++) {
                assertThat(image[sector * SECTOR_BYTES]).isEqualTo((byte) (sector + 1));
            }
        }
    }

    private static void assertTurnedAway(NodeProcess second, Path first) throws Exception {
        try (second;
                ChildProgram program = second.launch("second.log")) {
            assertThat(program.awaitExit(PATIENCE)).isNotZero();
            assertThat(program.output())
                    .contains("the name of node nd-1 of site nd is in use by another process")
                    .contains("data folder " + first.resolve("data"));
        }
    }

    private static void writeAndFlush(Sites sites, int sector, byte value) {
        ByteBuffer payload = ByteBuffer.allocate(SECTOR_BYTES).put(0, value);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            try (NbdClient client =
                                    NbdClient.connect(sites.locate("nd-disk"), PATIENCE)) {
                                client.write(
                                                (long) sector * SECTOR_BYTES,
                                                payload.duplicate(),
                                                false)
                                        .join();
                                client.flush().join();
                            }
                        });
    }

    private static void copyFolder(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!Files.isRegularFile(file)) {
                    continue; // a socket
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** A refusal comes after some patience: all are asked at once. */
    private static List<String> answers(List<NodeProcess> nodes, String vvol) {
        List<CompletableFuture<String>> asked =
                nodes.stream()
                        .map(node -> CompletableFuture.supplyAsync(() -> answer(node, vvol)))
                        .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private static String answer(NodeProcess node, String vvol) {
        NbdUri uri = NbdUri.parse("nbd+unix:///%s?socket=%s".formatted(vvol, node.socket()));
        try (NbdClient client = NbdClient.connect(uri, PATIENCE)) {
            client.flush().join();
            return "served";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
