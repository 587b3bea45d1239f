package dev.farshore.capture.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.journal.GroupCommit;
import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.pressure.WritePacers;
import dev.farshore.capture.publish.SeqWaiters;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.Limits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Changes that can't be taken as they are: larger than the journal takes, or failing. */
class ChangeQueueTest {
    private static final int SMALLEST_JOURNAL_BYTES = 1 << 20;
    private static final int SIZE_BYTES = 8 << 20;

    @TempDir private Path folder;

    private final AtomicBoolean isClockBroken = new AtomicBoolean();
    private final WritePacers pacers = new WritePacers(System::nanoTime);
    private Journal journal;
    private ChangeQueue changes;

    @BeforeEach
    void open() throws IOException {
        journal =
                Journal.create(
                        folder.resolve("disk.journal"),
                        "disk",
                        SMALLEST_JOURNAL_BYTES,
                        JournalPosition.START,
                        HostBoot.UNKNOWN);
        InstantSource time =
                () -> {
                    if (isClockBroken.get()) {
                        throw new IllegalStateException("no time");
                    }
                    return Instant.EPOCH;
                };
        StableFlush stability =
                new StableFlush(
                        "disk",
                        new GroupCommit(journal, Runnable::run),
                        new SeqWaiters(0),
                        Durability.LOCAL);
        changes =
                new ChangeQueue(
                        journal,
                        new ChangeLog(journal, new Overlay(), new VmClock(), clock(time)),
                        new Completions(stability, new VolumeTraffic(pacers, "vm/x")),
                        System::nanoTime);
        changes.useImageSize(SIZE_BYTES);
    }

    @AfterEach
    void close() throws IOException {
        pacers.close();
        journal.close();
    }

    @Test
    void shouldTakeTheLargestEventInTheSmallestJournal() throws Exception {
        changes.open();

        submit(Limits.MAX_EVENT_PAYLOAD_BYTES).get();

        assertThat(journal.lastSeq()).isEqualTo(2);
        assertThat(journal.read(1).header().length())
                .isEqualTo(Limits.MAX_EVENT_PAYLOAD_BYTES - 4096);
        assertThat(journal.read(2).header().length()).isEqualTo(4096);
        assertThat(journal.read(2).header().offset())
                .isEqualTo(Limits.MAX_EVENT_PAYLOAD_BYTES - 4096);
    }

    @Test
    void shouldAnswerEveryChangeBehindOneThatFails() throws Exception {
        CompletableFuture<Void> failing = submit(512);
        CompletableFuture<Void> behind = submit(512);
        isClockBroken.set(true);
        changes.open(); // both fail, and neither is tried again for ever

        assertThatThrownBy(failing::get)
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("no time");
        assertThat(behind).isCompletedExceptionally();
        isClockBroken.set(false);
        submit(512).get();
        assertThat(journal.lastSeq()).isEqualTo(1);
    }

    @Test
    void shouldAnswerWhatWaitsAndWhatComesWhenTheJournalFails() {
        CompletableFuture<Void> waiting = submit(512);

        changes.fail(new IOException("no such disk"));

        assertThat(waiting).isCompletedExceptionally();
        assertThat(submit(512)).isCompletedExceptionally();
    }

    @Test
    void shouldReadEdgesAgainOnlyAfterAnEventOutOfTurn() throws Exception {
        changes.open();
        ByteBuffer large = ByteBuffer.allocate(SMALLEST_JOURNAL_BYTES);
        ReadModifyWrite edges = new ReadModifyWrite(0, large, 100, 0, (offset, into) -> {});
        changes.submit(Change.write(0, large, edges, false, error -> {}));
        await().until(() -> journal.lastSeq() >= 1); // its first pieces; the rest has no room

        changes.exclusively(log -> -1);
        assertThat(edges.isKnown()).as("nothing was appended").isTrue();

        changes.exclusively(log -> log.append(EventKind.FLUSH, 0, 0, ""));
        assertThat(edges.isKnown()).isFalse();
    }

    private CompletableFuture<Void> submit(int bytes) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        changes.submit(
                Change.write(
                        0,
                        ByteBuffer.allocate(bytes),
                        false,
                        error -> {
                            if (error == null) {
                                done.complete(null);
                            } else {
                                done.completeExceptionally(error);
                            }
                        }));
        return done;
    }

    private static Clock clock(InstantSource time) {
        return time.withZone(ZoneOffset.UTC);
    }
}
