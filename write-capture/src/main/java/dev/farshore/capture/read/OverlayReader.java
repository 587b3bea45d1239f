package dev.farshore.capture.read;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.observe.CaptureObserver.ReadSource;
import dev.farshore.nbd.BlockDevice;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Lock;

/**
 * Reads a volume at its owner: from the journal what the {@link Overlay} says is there, the rest
 * from the image, while writes come in, the applier overwrites the image, and entries are forgotten
 * and released.
 *
 * <p><b>What a read gives.</b> Every sector, and every 4 KiB block, as it was at one moment between
 * the read's begin and its end: never a mixture of two events within what one of them wrote of it,
 * and never older than what was complete before the read began.
 *
 * <p><b>What it relies on</b>, of each event in this order: appended to the journal; put in the
 * overlay; published, and its write completed; applied to the image; forgotten by the overlay
 * ({@code LocalImage.applied()} has reached it); released by the journal.
 *
 * <p><b>Why that is so.</b> A read makes a plan, and the plan is the moment: for each sector the
 * newest event e put before it, if e is not forgotten, else the image, which has e.
 *
 * <ol>
 *   <li><em>A piece from the journal</em> is copied, and counts if e was not released until then
 *       ({@link Journal#copyRange}). Else e is forgotten too, and a new plan is made.
 *   <li><em>A piece from the image</em> is what the plan says unless the applier wrote to it since.
 *       It writes only events not forgotten. Those that the plan knew do not touch the piece, or it
 *       would not be from the image. So it was an event put after the plan. Such an event is now in
 *       the overlay and covers some of the piece; or it was forgotten already, then {@code
 *       forgotten()} is past the {@code lastPut()} of before the plan. Either is looked for after
 *       the image was read; if it is so, all that was read is thrown away and a new plan made.
 * </ol>
 *
 * <p>The second look is cheap and its answer nearly always no: between the plan and the look an
 * event would have to be written to the very range, or go all the way through Kafka into the image.
 * A reader to which that happens again and again (an image on a slow disk, read in large pieces
 * below a fast applier) holds the forgetting for once. Nothing it finds covered can then become
 * uncovered, so it needs no more attempts than it has sectors, and a piece of the journal can't be
 * released. Writes never wait for it.
 *
 * <p>Threading: any thread.
 */
public final class OverlayReader {
    private static final int ATTEMPTS_BEFORE_HOLDING = 4;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();

    private final Overlay overlay;
    private final CaptureObserver observer;

    /** Nobody measures. */
    public OverlayReader(Overlay overlay) {
        this(overlay, CaptureObserver.NONE);
    }

    /**
     * @param observer told where what is read comes from
     */
    public OverlayReader(Overlay overlay, CaptureObserver observer) {
        this.overlay = overlay;
        this.observer = observer;
    }

    /**
     * Fills {@code into} from its position to its limit.
     *
     * @param offset where in the volume to begin; with the length in whole sectors
     * @param image what is read where no entry covers; for a site that is behind, that may be the
     *     dirty-block index over the image
     * @throws IOException if the image can't be read; what is in {@code into} is then of no value
     */
    public void read(long offset, ByteBuffer into, Journal journal, LocalImage image)
            throws IOException {
        Lock hold = null;
        int position = into.position();
        int limit = into.limit();
        long attemptsMax = ATTEMPTS_BEFORE_HOLDING + into.remaining() / BlockDevice.BLOCK_BYTES;
        try {
            for (long attempt = 0; attempt <= attemptsMax; attempt++) {
                if (attempt == ATTEMPTS_BEFORE_HOLDING) {
                    hold = overlay.holdForgetting();
                    hold.lock();
                }
                if (tryRead(offset, into.position(position), journal, image)) {
                    return;
                }
                into.limit(limit);
            }
        } finally {
            into.limit(limit).position(limit);
            if (hold != null) {
                hold.unlock();
            }
        }
        throw new IllegalStateException(
                "journal of %s released what the overlay has not forgotten"
                        .formatted(journal.vvol()));
    }

    private boolean tryRead(long offset, ByteBuffer into, Journal journal, LocalImage image)
            throws IOException {
        long lastPut = overlay.lastPut();
        ReadPlan plan = overlay.plan(offset, into.remaining());
        if (plan.isAllImage()) {
            long bytes = into.remaining();
            image.read(offset, into);
            if (!isStillImage(plan, lastPut)) {
                return false;
            }
            observer.ownerRead(ReadSource.IMAGE, bytes);
            return true;
        }
        int base = into.position();
        int limit = into.limit();
        for (int piece = 0; piece < plan.size(); piece++) {
            int from = base + (int) (plan.start(piece) - offset);
            into.limit(from + plan.bytes(piece)).position(from);
            switch (plan.source(piece)) {
                case IMAGE -> image.read(plan.start(piece), into);
                case ZEROES -> fillWithZeroes(into);
                case JOURNAL -> {
                    if (!journal.copyRange(plan.seq(piece), plan.start(piece), into)) {
                        return false;
                    }
                }
            }
        }
        into.limit(limit);
        if (!isStillImage(plan, lastPut)) {
            return false;
        }
        tellSources(plan);
        return true;
    }

    private void tellSources(ReadPlan plan) {
        for (int piece = 0; piece < plan.size(); piece++) {
            observer.ownerRead(
                    switch (plan.source(piece)) {
                        case IMAGE -> ReadSource.IMAGE;
                        case ZEROES -> ReadSource.ZEROES;
                        case JOURNAL -> ReadSource.JOURNAL;
                    },
                    plan.bytes(piece));
        }
    }

    /** Whether the pieces read from the image are as the plan meant them. */
    private boolean isStillImage(ReadPlan plan, long lastPutBeforePlan) {
        // The image's bytes come from system calls; look at the overlay only after them.
        VarHandle.fullFence();
        boolean hasImage = false;
        for (int piece = 0; piece < plan.size(); piece++) {
            if (plan.source(piece) == ReadPlan.Source.IMAGE) {
                hasImage = true;
                if (!overlay.plan(plan.start(piece), plan.bytes(piece)).isAllImage()) {
                    return false;
                }
            }
        }
        return !hasImage || overlay.forgotten() <= lastPutBeforePlan;
    }

    private static void fillWithZeroes(ByteBuffer into) {
        while (into.hasRemaining()) {
            int bytes = Math.min(into.remaining(), ZEROES.capacity());
            into.put(into.position(), ZEROES, 0, bytes);
            into.position(into.position() + bytes);
        }
    }
}
