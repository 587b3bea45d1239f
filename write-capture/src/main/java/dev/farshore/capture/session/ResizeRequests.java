package dev.farshore.capture.session;

import dev.farshore.capture.change.ChangeQueue;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.VolumeSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** Makes a volume as large as its spec says. Threading: the thread of the volume's keeper. */
final class ResizeRequests {
    private static final Logger log = LoggerFactory.getLogger(ResizeRequests.class);

    private final String vvol;
    private final ChangeQueue changes;

    /** The smaller size that was refused last, and logged; -1 if none is. */
    private long refusedBytes = -1;

    ResizeRequests(String vvol, ChangeQueue changes) {
        this.vvol = vvol;
        this.changes = changes;
    }

    /**
     * Changes the size as the next event if it is not as wanted and the journal has room: what is
     * cut off is gone, what is added reads as zeroes. Changes that came before and reach beyond the
     * end fail.
     *
     * @return whether it was resized
     */
    boolean apply(VolumeSpec wanted) throws IOException {
        long sizeBytes = changes.sizeBytes();
        logIfRefused(wanted, sizeBytes);
        long wantedBytes = RequestedSize.bytes(wanted, sizeBytes);
        if (sizeBytes == wantedBytes) {
            return false;
        }
        long seq = changes.exclusively(log -> log.append(EventKind.RESIZE, 0, wantedBytes, ""));
        if (seq < 0) {
            return false;
        }
        log.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("fromBytes", sizeBytes)
                .addKeyValue("toBytes", wantedBytes)
                .addKeyValue("seq", seq)
                .log("volume resized");
        return true;
    }

    private void logIfRefused(VolumeSpec wanted, long sizeBytes) {
        if (!RequestedSize.isRefused(wanted, sizeBytes)) {
            refusedBytes = -1;
        } else if (refusedBytes != wanted.getSizeBytes()) {
            refusedBytes = wanted.getSizeBytes();
            log.atWarn()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("sizeBytes", sizeBytes)
                    .addKeyValue("wantedBytes", wanted.getSizeBytes())
                    .log("volume is not made smaller: nobody asked for that; resize it again");
        }
    }
}
