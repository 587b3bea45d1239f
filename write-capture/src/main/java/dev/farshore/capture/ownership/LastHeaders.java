package dev.farshore.capture.ownership;

import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.time.Duration;

/**
 * Sees to it that the headers of the last epoch are complete before a new one begins: waits for
 * those on their way, then writes those that nobody sends any more ({@link
 * dev.farshore.capture.publish.HeaderRepair}). Threading: the keeper's thread.
 */
final class LastHeaders {
    /**
     * An owner in order has published its headers before the seal, and a header takes milliseconds
     * to come here. Not a matter of safety: headers sent twice are ignored.
     */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

    private final OwnershipContext context;
    private boolean isWaiting;
    private long waitingSinceNanos;

    LastHeaders(OwnershipContext context) {
        this.context = context;
    }

    /**
     * Whether the headers up to {@code cursor} are known here; if not, looks after them.
     *
     * @param cursor where this site's image stands
     */
    boolean areComplete(VolumeSpec wanted, LogCursor cursor) throws IOException {
        LogCursor headersEnd = context.images().headersEnd(wanted.getVvol());
        if (headersEnd.seq() >= cursor.seq()) {
            isWaiting = false;
            return true;
        }
        long nowNanos = context.time().nowNanos();
        if (!isWaiting) {
            isWaiting = true;
            waitingSinceNanos = nowNanos;
        } else if (nowNanos - waitingSinceNanos > PATIENCE_NANOS) {
            // Whatever comes of it, what was published gets the same time to arrive.
            isWaiting = false;
            context.headerRepair()
                    .repair(wanted.getVvol(), wanted.getPartition(), headersEnd, cursor.seq());
        }
        return false;
    }
}
