package dev.farshore.node.http;

import dev.farshore.capture.pressure.WriteCounters;
import dev.farshore.capture.session.LossCount;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.capture.volume.VolumeStatus;

import org.jspecify.annotations.Nullable;

/**
 * A volume at this node, as JSON.
 *
 * @param journal null where the volume is not written here
 */
record VolumeView(
        String name,
        String vm,
        String owner,
        String durability,
        String state,
        String reason,
        int epoch,
        long appliedSeq,
        long hardenedSeq,
        int clients,
        Throttle throttle,
        Written written,
        Losses losses,
        @Nullable Journal journal) {

    /** Limits; 0 for none. */
    record Throttle(long bytesPerSecond, long writesPerSecond) {}

    /** By clients, since the node's start. */
    record Written(long writes, long bytes, long heldWrites, double heldSeconds) {
        private static Written of(WriteCounters counters) {
            return new Written(
                    counters.writes(),
                    counters.bytes(),
                    counters.heldWrites(),
                    counters.heldNanos() / NANOS_PER_SECOND);
        }
    }

    /** Acknowledged writes that journals have lost, by what was found since the node's start. */
    record Losses(long unflushed, long flushed, String newest) {
        private static Losses of(LossCount losses) {
            return new Losses(losses.unflushed(), losses.flushed(), losses.newest());
        }
    }

    /**
     * What is acknowledged and not everywhere yet.
     *
     * @param unpublished what the loss of this host would cost
     * @param kafkaThrottleSeconds by how much a quota of Kafka's holds the node's producer back; 0
     *     if none does
     */
    record Journal(
            long sizeBytes,
            long acknowledgedSeq,
            long publishedSeq,
            long oldestSeq,
            NotInLog unpublished,
            double kafkaThrottleSeconds,
            long usedBytes,
            long capacityBytes,
            boolean full,
            long timesFull,
            double secondsFull) {
        private static Journal of(SessionStatus writing) {
            return new Journal(
                    writing.sizeBytes(),
                    writing.acknowledgedSeq(),
                    writing.publishedSeq(),
                    writing.oldestSeq(),
                    NotInLog.of(writing.unpublished()),
                    writing.kafkaThrottleMillis() / 1e3,
                    writing.journalUsedBytes(),
                    writing.journalBytes(),
                    writing.isFull(),
                    writing.timesFull(),
                    writing.fullNanos() / NANOS_PER_SECOND);
        }
    }

    /** Acknowledged, and not yet in {@code farshore.writes}. */
    record NotInLog(long events, long bytes, double seconds) {
        private static NotInLog of(Unpublished unpublished) {
            return new NotInLog(
                    unpublished.events(), unpublished.bytes(), unpublished.ageMicros() / 1e6);
        }
    }

    private static final double NANOS_PER_SECOND = 1e9;

    static VolumeView of(VolumeStatus status) {
        SessionStatus writing = status.writing();
        return new VolumeView(
                status.vvol(),
                status.vm(),
                status.owner(),
                status.durability(),
                status.state(),
                status.reason(),
                status.epoch(),
                status.appliedSeq(),
                status.hardenedSeq(),
                status.clients(),
                new Throttle(status.limit().bytesPerSecond(), status.limit().writesPerSecond()),
                Written.of(status.counters()),
                Losses.of(status.losses()),
                writing == null ? null : Journal.of(writing));
    }
}
