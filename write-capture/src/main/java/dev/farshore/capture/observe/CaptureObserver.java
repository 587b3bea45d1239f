package dev.farshore.capture.observe;

import dev.farshore.nbd.RequestObserver.Operation;
import dev.farshore.schemas.event.Durability;

/**
 * Told what the clients of a node's volumes wait for, and where what they read comes from. Called
 * for every request, on any thread: it must not block, and should not allocate.
 */
public interface CaptureObserver {
    CaptureObserver NONE =
            new CaptureObserver() {
                @Override
                public void answered(Operation operation, long nanos) {}

                @Override
                public void failed(Operation operation) {}

                @Override
                public void flushWaited(Durability durability, long nanos) {}

                @Override
                public void ownerRead(ReadSource source, long bytes) {}

                @Override
                public void latestRead(ReadSource source, long bytes) {}
            };

    /** Where bytes come from that a client reads. */
    enum ReadSource {
        /** The volume's journal at its owner. */
        JOURNAL,
        /** The site's image. */
        IMAGE,
        /** Nowhere: an event says that they are zeroes. */
        ZEROES,
        /** The log in Kafka, fetched for the read. */
        LOG,
        /** The log, fetched for an earlier read. */
        CACHE,
        /** The end of the log, whose headers have not come yet: fetched to know what is in it. */
        TAIL
    }

    /** A request to a volume that is written here was answered after {@code nanos}. */
    void answered(Operation operation, long nanos);

    /** A request to a volume that is written here got an error. */
    void failed(Operation operation);

    /** What a FLUSH or a FUA write waited for to be as stable as {@code durability} promises. */
    void flushWaited(Durability durability, long nanos);

    /** Bytes that were read of a volume that is written here. */
    void ownerRead(ReadSource source, long bytes);

    /** Bytes that were read of a {@code @latest} view. */
    void latestRead(ReadSource source, long bytes);
}
