package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.read.Allocation;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.read.OverlayAllocation;
import dev.farshore.capture.read.OverlayReader;
import dev.farshore.capture.seed.ImportReads;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads of a volume where it is written: from the journal, the image, and while an import is under
 * way from the disk that is imported. Threading: any thread.
 */
public final class VolumeReads {
    private final Journal journal;
    private final OverlayReader reader;
    private final OverlayAllocation allocation;

    /** While an import is under way; else null. */
    private volatile @Nullable ImportReads importReads;

    VolumeReads(Journal journal, Overlay overlay, CaptureObserver observer) {
        this.journal = journal;
        this.reader = new OverlayReader(overlay, observer);
        this.allocation = new OverlayAllocation(overlay);
    }

    public void read(long offset, ByteBuffer into, LocalImage image) throws IOException {
        ImportReads importing = importReads;
        try {
            if (importing == null) {
                reader.read(offset, into, journal, image);
            } else {
                importing.read(offset, into, (at, part) -> reader.read(at, part, journal, image));
            }
        } catch (InternalError e) {
            throw journal.failedBy(e);
        }
    }

    /** Tells which parts of a range are holes; none while an import is under way. */
    public void allocation(long offset, long length, LocalImage image, ExtentConsumer consumer)
            throws IOException {
        ImportReads importing = importReads;
        if (importing != null && !importing.isOver()) {
            consumer.accept(length, Allocation.DATA);
        } else {
            allocation.extents(offset, length, image, consumer);
        }
    }

    /** From now on what no event has touched is read from an import's source. */
    public void readThrough(ImportReads reads) {
        importReads = reads;
    }
}
