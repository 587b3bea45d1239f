package dev.farshore.coordinator.lag;

import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainVerdict;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts where headers that count do not follow from those before them in their volume's {@link
 * HashChain}: a header, or the hash of a payload, is not what was published.
 *
 * <p>Threading: the headers' thread follows; any thread asks for the count.
 */
final class ChainBreaks {
    private static final Logger log = LoggerFactory.getLogger(ChainBreaks.class);

    private final HashChain chain = new HashChain();
    private volatile long count;

    long count() {
        return count;
    }

    /** Of one volume. */
    Follower follower() {
        return new Follower();
    }

    /**
     * Where the chain of one volume is.
     *
     * <p>Reading may begin in the middle of the log, and what it begins with may be an event that
     * does not count: the branch of a fenced writer, which nobody follows. So the first link is
     * believed, and until the log's rules alone decide what counts, a break is one only within an
     * epoch, behind a link that was seen to follow.
     */
    final class Follower {
        private @Nullable ChainLink newest;
        private int epoch;
        private boolean hasFollowed;

        /** Begins anew with an event that is believed to count. */
        void beginAt(EventHeader event, @Nullable ChainLink link) {
            newest = link;
            epoch = event.epoch();
            hasFollowed = false;
        }

        /**
         * Follows to the next event that counts.
         *
         * @param isAnchored whether the one before it counts for certain
         */
        void follow(EventHeader event, @Nullable ChainLink link, boolean isAnchored) {
            ChainVerdict verdict = chain.judge(newest, event, link);
            boolean isCertain = isAnchored || (hasFollowed && event.epoch() == epoch);
            newest = link;
            epoch = event.epoch();
            hasFollowed = verdict == ChainVerdict.FOLLOWS || verdict == ChainVerdict.STARTS;
            if (verdict == ChainVerdict.BROKEN && isCertain) {
                tell(event);
            }
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes it
    private void tell(EventHeader event) {
        count++;
        log.atError()
                .addKeyValue("vvol", event.vvol())
                .addKeyValue("epoch", event.epoch())
                .addKeyValue("seq", event.seq())
                .addKeyValue("breaks", count)
                .log(
                        "the hash chain is broken: this header, or one before it, is not what was published");
    }
}
