package dev.farshore.capture.read;

import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;

import java.io.IOException;
import java.lang.invoke.VarHandle;

/**
 * Which parts of a volume are holes at its owner, while writes come in and the applier changes the
 * image.
 *
 * <p><b>Why nothing is called a hole where there is data.</b> As in {@link OverlayReader} a plan is
 * the moment. What it says reads as zeroes is covered by a {@code ZERO} or {@code TRIM}, newer than
 * all other events there: then it is zero. What it says is in the image is as the plan has it until
 * an event is applied there that was put after the plan. Such an event is, when the image has been
 * looked at, in the overlay and covers some of the range; or it was forgotten already, then {@code
 * forgotten()} is past the {@code lastPut()} of before the plan. In both cases the range is called
 * data. So a hole was one at the moment of the plan, and every write completed before the question
 * is in that plan.
 *
 * <p>Threading: any thread.
 */
public final class OverlayAllocation {
    /** Of one plan: a long question is answered part by part, each of its own moment. */
    private static final long PART_BYTES = 1L << 30;

    private final Overlay overlay;

    public OverlayAllocation(Overlay overlay) {
        this.overlay = overlay;
    }

    /**
     * @param image which has all that the overlay has forgotten
     */
    public void extents(long offset, long length, LocalImage image, ExtentConsumer consumer)
            throws IOException {
        long end = offset + length;
        for (long at = offset; at < end; ) {
            long bytes = Math.min(end - at, PART_BYTES);
            if (!part(at, (int) bytes, image, consumer)) {
                return;
            }
            at += bytes;
        }
    }

    private boolean part(long offset, int length, LocalImage image, ExtentConsumer consumer)
            throws IOException {
        long lastPut = overlay.lastPut();
        ReadPlan plan = overlay.plan(offset, length);
        for (int piece = 0; piece < plan.size(); piece++) {
            long start = plan.start(piece);
            boolean goesOn =
                    switch (plan.source(piece)) {
                        case ZEROES -> consumer.accept(plan.bytes(piece), Allocation.HOLE);
                        case JOURNAL -> consumer.accept(plan.bytes(piece), Allocation.DATA);
                        case IMAGE ->
                                Allocation.ofImage(
                                        image,
                                        start,
                                        plan.end(piece),
                                        (at, bytes) -> isStillImage(at, bytes, lastPut),
                                        consumer);
                    };
            if (!goesOn) {
                return false;
            }
        }
        return true;
    }

    private boolean isStillImage(long offset, long bytes, long lastPutBeforePlan) {
        // What the image said comes from system calls; look at the overlay only after them.
        VarHandle.fullFence();
        return overlay.plan(offset, (int) bytes).isAllImage()
                && overlay.forgotten() <= lastPutBeforePlan;
    }
}
