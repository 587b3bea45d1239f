package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.read;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.session.LossCount;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Hosts that crash and take the end of a journal with them. */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
@Timeout(60)
class LostTailTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final HostBoot FIRST_BOOT = new HostBoot(UUID.randomUUID());
    private static final HostBoot SECOND_BOOT = new HostBoot(UUID.randomUUID());

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
    void shouldGoOnInANewEpochWhereEveryGuestCrashedWithTheHost() throws Exception {
        crashBehindAWrite(new TestClient(true), false);

        SimulatedNode after = node(SECOND_BOOT);
        after.host.specChanged(spec(1));

        await().atMost(PATIENCE).until(() -> kinds().getLast() == EventKind.EPOCH_SEALED);
        LossCount told = status(after).losses();
        assertThat(told.unflushed()).isEqualTo(1);
        assertThat(told.newest()).contains("after event 2").contains("not flushed");
        after.host.specChanged(spec(2)); // as the coordinator does when it sees the seal
        BlockDevice device = after.host.open("disk", new TestClient(true));
        assertThat(read(device, 0)).isEqualTo((byte) 1);
        write(device, 0, (byte) 3);
        assertThat(read(device, 0)).isEqualTo((byte) 3);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.EPOCH_SEALED,
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE));
    }

    @Test
    void shouldWaitForAnOperatorWhereAGuestOfAnotherHostMayBelieveInWhatIsLost() throws Exception {
        crashBehindAWrite(new TestClient(false), false);

        for (int start = 0; start < 2; start++) {
            // The second start is a restart in order: it must not forget.
            SimulatedNode after = node(SECOND_BOOT);
            after.host.specChanged(spec(1));
            assertThatThrownBy(() -> after.host.open("disk", new TestClient()))
                    .hasMessageContaining("guest on another host")
                    .hasMessageContaining("volume reopen disk");
            assertThat(after.host.notServed("disk")).contains("volume reopen disk");
            assertThat(status(after).losses().unflushed()).isEqualTo(1);
            assertThat(kinds()).containsExactly(EventKind.EPOCH_OPENED, EventKind.WRITE);
            after.close();
        }

        SimulatedNode reopened = node(SECOND_BOOT);
        reopened.host.specChanged(spec(2));
        write(reopened.host.open("disk", new TestClient()), 512, (byte) 3);
        await().atMost(PATIENCE).until(() -> kinds().size() == 4);
        assertThat(last().epoch()).isEqualTo(2);
        reopened.close();

        SimulatedNode settled = node(SECOND_BOOT);
        settled.host.specChanged(spec(2));
        assertThat(read(settled.host.open("disk", new TestClient()), 0)).isEqualTo((byte) 1);
        assertThat(status(settled).losses()).isEqualTo(LossCount.NONE);
    }

    @Test
    void shouldLetALateEventOfTheLostOnesCountAndNoOtherInItsPlace() throws Exception {
        crashBehindAWrite(new TestClient(true), true);

        SimulatedNode after = node(SECOND_BOOT);
        after.host.specChanged(spec(1));
        await().atMost(PATIENCE).until(() -> broker.unanswered() == 2);
        assertThat(after.host.notServed("disk")).contains("not flushed may be lost");
        broker.answer(); // what the crashed host had under way comes in front of the seal

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(after.host.notServed("disk"))
                                        .contains("the log has event 3")
                                        .contains("volume reopen disk"));
        assertThat(headerSeqs()).as("no header says that it was sealed").containsExactly(1L, 2L);
        publishHeaderOf(3);
        after.host.specChanged(spec(2));
        BlockDevice device = after.host.open("disk", new TestClient(true));
        assertThat(read(device, 0)).isEqualTo((byte) 2);
        assertThat(kinds())
                .containsExactly(
                        EventKind.EPOCH_OPENED,
                        EventKind.WRITE,
                        EventKind.WRITE,
                        EventKind.EPOCH_OPENED);
    }

    @Test
    void shouldNotGoOnWithoutFlushedWritesUntilAnOperatorKnows() throws Exception {
        SimulatedNode before = node(FIRST_BOOT);
        before.host.specChanged(spec(1));
        BlockDevice device = before.host.open("disk", new TestClient(true));
        before.publisher.close();
        write(device, 0, (byte) 1);
        write(device, 512, (byte) 2);
        before.close(); // in order: all of it is stable
        damageLastWrite();

        SimulatedNode after = node(FIRST_BOOT);
        after.host.specChanged(spec(1));
        await().atMost(PATIENCE).until(() -> status(after).losses().flushed() == 1);
        assertThatThrownBy(() -> after.host.open("disk", new TestClient(true)))
                .hasMessageContaining("lost flushed writes")
                .hasMessageContaining("volume reopen disk");
        assertThat(status(after).reason()).contains("events up to 3 were stable");

        after.host.specChanged(spec(2));
        BlockDevice reopened = after.host.open("disk", new TestClient(true));
        assertThat(read(reopened, 0)).isEqualTo((byte) 1);
        assertThat(read(reopened, 512)).isEqualTo((byte) 0);
    }

    @Test
    void shouldSayNothingOfAHostThatWasShutDownInOrder() throws Exception {
        SimulatedNode before = node(FIRST_BOOT);
        before.host.specChanged(spec(1));
        write(before.host.open("disk", new TestClient()), 0, (byte) 1);
        before.close();

        SimulatedNode after = node(SECOND_BOOT);
        after.host.specChanged(spec(1));

        assertThat(read(after.host.open("disk", new TestClient()), 0)).isEqualTo((byte) 1);
        assertThat(status(after).losses()).isEqualTo(LossCount.NONE);
    }

    /**
     * One write that both topics and the image have, and one behind it that the crash took from the
     * journal.
     *
     * @param isUnderWay whether the broker has yet to take the second
     */
    private void crashBehindAWrite(TestClient client, boolean isUnderWay) throws Exception {
        SimulatedNode before = node(FIRST_BOOT);
        before.host.specChanged(spec(1));
        BlockDevice device = before.host.open("disk", client);
        write(device, 0, (byte) 1);
        await().atMost(PATIENCE).until(() -> oldestSeq(before) == 3);
        Path saved = folder.resolve("saved");
        Files.copy(journal(), saved);
        if (isUnderWay) {
            broker.fallSilent();
        } else {
            before.publisher.close();
        }
        write(device, 0, (byte) 2);
        if (isUnderWay) {
            await().atMost(PATIENCE).until(() -> broker.unanswered() > 0);
        }
        before.close();
        Files.copy(saved, journal(), StandardCopyOption.REPLACE_EXISTING);
    }

    private static long oldestSeq(SimulatedNode node) {
        SessionStatus writing = status(node).writing();
        return writing == null ? 0 : writing.oldestSeq();
    }

    private void damageLastWrite() throws IOException {
        byte[] bytes = Files.readAllBytes(journal());
        int last = -1;
        for (int at = 3 * 4096; at < bytes.length; at++) {
            last = bytes[at] == 2 && bytes[at - 1] == 2 ? at : last;
        }
        bytes[last] = 5;
        Files.write(journal(), bytes);
    }

    private Path journal() {
        return folder.resolve("journals").resolve("disk.journal");
    }

    private SimulatedNode node(HostBoot boot) throws IOException {
        SimulatedNode node =
                new SimulatedNode(
                        "a",
                        "a-1",
                        folder.resolve("journals"),
                        broker,
                        events,
                        headers,
                        Duration.ofSeconds(2),
                        boot);
        opened.add(node);
        return node;
    }

    private static VolumeStatus status(SimulatedNode node) {
        return node.host.status("disk").orElseThrow();
    }

    private List<EventKind> kinds() {
        return new LogReader(events, headers)
                .validEvents(broker.log()).stream().map(EventHeader::kind).toList();
    }

    private List<Long> headerSeqs() {
        return broker.log().stream()
                .filter(record -> record.topic().equals(Topics.HEADERS))
                .map(record -> headers.decode(record.value()).header().seq())
                .toList();
    }

    /** As a header repair does before an opening. */
    private void publishHeaderOf(long seq) {
        EventHeader event =
                new LogReader(events, headers)
                        .validEvents(broker.log()).stream()
                                .filter(header -> header.seq() == seq)
                                .findFirst()
                                .orElseThrow();
        byte[] header = headers.encode(new IndexedHeader(event, seq));
        Producer<byte[], byte[]> producer = broker.newProducer();
        producer.send(
                new ProducerRecord<>(Topics.HEADERS, 0, "disk".getBytes(UTF_8), header),
                (at, error) -> {});
        producer.close();
    }

    private EventHeader last() {
        return new LogReader(events, headers).validEvents(broker.log()).getLast();
    }

    private static VolumeSpec spec(int epoch) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(epoch)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
