package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a node that starts again has to know before its first write. */
@Timeout(60)
class RestartTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SIZE_BYTES = 1 << 20;

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable node : opened.reversed()) {
            node.close();
        }
    }

    @Test
    void shouldCountOnBehindWhatOnlyTheJournalsOfTheVmsOtherVolumesHave() throws Exception {
        SimulatedNode before = node();
        before.host.specChanged(spec("busy"));
        before.host.specChanged(spec("idle"));
        BlockDevice busy = before.host.open("busy", new TestClient(true));
        before.host.open("idle", new TestClient(true));
        before.publisher.close(); // from here on nothing reaches the log
        for (int i = 0; i < 50; i++) {
            write(busy, 0, (byte) i);
        }
        before.close();

        SimulatedNode after = node();
        try (Journal inUse = Journal.open(folder.resolve("busy.journal"), HostBoot.UNKNOWN)) {
            after.host.specChanged(spec("busy"));
            after.host.specChanged(spec("idle"));
            await().during(Duration.ofMillis(300))
                    .atMost(PATIENCE)
                    .until(() -> !state(after, "idle").equals("open"));
            assertThat(inUse.last().vmSeq()).isGreaterThanOrEqualTo(52);
        }
        write(after.host.open("idle", new TestClient(true)), 0, (byte) 1);

        await().atMost(PATIENCE).until(() -> newestWrite("busy") > 0 && newestWrite("idle") > 0);
        assertThat(newestWrite("idle")).isGreaterThan(newestWrite("busy"));
    }

    private static String state(SimulatedNode node, String vvol) {
        return node.host.status(vvol).orElseThrow().state();
    }

    /** VM seq of the 50th write of one, or the first of the other; 0 if it is not there yet. */
    private long newestWrite(String vvol) {
        List<EventHeader> writes =
                valid(vvol).stream().filter(event -> event.kind() == EventKind.WRITE).toList();
        return writes.size() < (vvol.equals("busy") ? 50 : 1) ? 0 : writes.getLast().vmSeq();
    }

    private List<EventHeader> valid(String vvol) {
        return new LogReader(events, headers)
                .validEvents(
                        broker.log().stream()
                                .filter(record -> vvol.equals(new String(record.key(), UTF_8)))
                                .toList());
    }

    private SimulatedNode node() throws IOException {
        SimulatedNode node =
                new SimulatedNode(
                        "a", "a-1", folder, broker, events, headers, Duration.ofSeconds(10));
        opened.add(node);
        return node;
    }

    private static VolumeSpec spec(String vvol) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm("vm")
                .setSizeBytes(SIZE_BYTES)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
