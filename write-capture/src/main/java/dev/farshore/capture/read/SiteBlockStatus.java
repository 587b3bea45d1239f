package dev.farshore.capture.read;

import dev.farshore.capture.read.LocalImages.LackedRange;
import dev.farshore.nbd.BlockStatusSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which parts of a volume are holes, as {@code base:allocation}; and what each site's image of it
 * still lacks, as contexts {@code farshore:dirty-SITE}. Each answer holds for its moment.
 * Threading: any thread.
 */
public final class SiteBlockStatus implements BlockStatusSource {
    /** Name of our contexts, before the site. */
    public static final String CONTEXT_PREFIX = "farshore:dirty-";

    /** The newest event of the blocks is not hardened at the site. */
    public static final int STATE_DIRTY = 1;

    /** It is not known whether they are dirty; set together with {@link #STATE_DIRTY}. */
    public static final int STATE_UNKNOWN = 1 << 1;

    /** Ranges looked up at a time. */
    private static final int MAX_RANGES = 512;

    private final String vvol;
    private final LocalImages images;
    private final Allocation allocation;

    public SiteBlockStatus(String vvol, LocalImages images, Allocation allocation) {
        this.vvol = vvol;
        this.allocation = allocation;
        this.images = images;
    }

    @Override
    public List<String> contexts() {
        List<String> contexts = new ArrayList<>(BlockStatusSource.ALLOCATED.contexts());
        images.sites(vvol).forEach(site -> contexts.add(CONTEXT_PREFIX + site));
        return contexts;
    }

    @Override
    public void extents(String context, long offset, long length, ExtentConsumer consumer)
            throws IOException {
        if (context.equals(BlockStatusSource.BASE_ALLOCATION)) {
            allocation.extents(offset, length, consumer);
            return;
        }
        String site = context.substring(CONTEXT_PREFIX.length());
        long end = offset + length;
        long at = offset;
        while (at < end) {
            List<LackedRange> lacked =
                    images.lackedAt(vvol, site, at, end - at, MAX_RANGES).orElse(null);
            if (lacked == null) {
                consumer.accept(end - at, STATE_DIRTY | STATE_UNKNOWN);
                return;
            }
            for (LackedRange range : lacked) {
                if ((range.offset() > at && !consumer.accept(range.offset() - at, 0))
                        || !consumer.accept(range.length(), STATE_DIRTY)) {
                    return;
                }
                at = range.end();
            }
            if (lacked.size() < MAX_RANGES) {
                if (at < end) {
                    consumer.accept(end - at, 0);
                }
                return;
            }
        }
    }
}
