package dev.farshore.capture.volume;

import dev.farshore.capture.pressure.WriteCounters;
import dev.farshore.capture.pressure.WriteLimit;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * How a volume stands at this node.
 *
 * @param state as to being written here
 * @param reason why it is not written here, or not published; empty where it is
 * @param epoch of the image
 * @param appliedSeq newest event in the image; 0 without one
 * @param hardenedSeq of those, the newest on stable storage
 * @param limit of its VM's writes
 * @param counters that go on counting
 * @param losses of its journals here
 * @param writing null where it is not written here
 */
public record VolumeStatus(
        String vvol,
        String vm,
        String owner,
        String durability,
        String state,
        String reason,
        int epoch,
        long appliedSeq,
        long hardenedSeq,
        int clients,
        WriteLimit limit,
        WriteCounters counters,
        LossCount losses,
        @Nullable Writing writing) {

    /**
     * What is written here.
     *
     * @param acknowledgedSeq newest event that is in the journal
     * @param publishedSeq newest event that is in both topics
     * @param oldestSeq in the journal
     * @param unpublished what is acknowledged and not in the log yet
     * @param kafkaThrottleMillis by how much a quota holds the node's producer back, on average; 0
     *     if none does
     * @param timesFull how often writes began to wait because it was full
     * @param fullNanos for how long they waited, in all
     */
    public record Writing(
            long sizeBytes,
            long acknowledgedSeq,
            long publishedSeq,
            long oldestSeq,
            Unpublished unpublished,
            double kafkaThrottleMillis,
            long journalUsedBytes,
            long journalBytes,
            boolean isFull,
            long timesFull,
            long fullNanos) {

        private static Writing of(WriteSession session) {
            return new Writing(
                    session.log().sizeBytes(),
                    session.lastSeq(),
                    session.lane().headerAckedSeq(),
                    session.firstSeq(),
                    session.unpublished(),
                    session.lane().throttleMillis(),
                    session.journalUsedBytes(),
                    session.journalCapacityBytes(),
                    session.log().fullJournal().isWaiting(),
                    session.log().fullJournal().times(),
                    session.log().fullJournal().waitedNanos(System.nanoTime()));
        }
    }

    static VolumeStatus of(VolumeKeeper keeper) {
        VolumeSpec spec = keeper.spec();
        VolumeState state = keeper.state();
        LogCursor applied = keeper.image().map(LocalImage::applied).orElse(LogCursor.START);
        WriteSession session = keeper.session();
        return new VolumeStatus(
                spec.getVvol(),
                spec.getVm(),
                spec.getOwner(),
                spec.getDurability().name().toLowerCase(Locale.ROOT),
                state.word(),
                keeper.reason(),
                applied.epoch(),
                applied.seq(),
                keeper.image().map(LocalImage::hardenedSeq).orElse(0L),
                keeper.clients().count(),
                keeper.traffic().limit(),
                keeper.traffic().counters(),
                keeper.losses(),
                session == null ? null : Writing.of(session));
    }
}
