package dev.farshore.capture.volume;

import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.time.Duration;

/**
 * Sees to it that the headers of the last epoch are complete before a new one begins: waits for
 * those on their way, then makes those that nobody sends any more ({@link
 * dev.farshore.capture.publish.HeaderRepair}). Threading: the keeper's thread.
 */
final class LastHeaders {
    /**
     * An owner in order has published its headers before the seal, and a header takes milliseconds
     * here. Not a matter of safety: headers sent twice are ignored.
     */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

    private final NodeContext node;
    private boolean isWaiting;
    private long waitingSinceNs;

    LastHeaders(NodeContext node) {
        this.node = node;
    }

    /**
     * Whether the headers up to {@code cursor} are known here; if not, looks after them.
     *
     * @param cursor where the image of this site stands
     */
    boolean areComplete(VolumeSpec wanted, LogCursor cursor) throws IOException {
        LogCursor headersEnd = node.images().headersEnd(wanted.getVvol());
        if (headersEnd.seq() >= cursor.seq()) {
            isWaiting = false;
            return true;
        }
        long nowNs = System.nanoTime();
        if (!isWaiting) {
            isWaiting = true;
            waitingSinceNs = nowNs;
        } else if (nowNs - waitingSinceNs > PATIENCE_NANOS) {
            // Whatever comes of it, what was published gets the same time to arrive.
            isWaiting = false;
            node.headerRepair()
                    .repair(wanted.getVvol(), wanted.getPartition(), headersEnd, cursor.seq());
        }
        return false;
    }
}
