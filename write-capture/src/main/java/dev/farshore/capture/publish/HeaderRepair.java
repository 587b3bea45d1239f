package dev.farshore.capture.publish;

import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.Optional;

/**
 * Publishes the headers that a lost owner has not: after a crash of its host the events are in
 * {@code farshore.writes}, but the journal that their headers came from is gone.
 *
 * <p>Why that is safe for the owner that opens the volume's next epoch:
 *
 * <ul>
 *   <li>A header is a function of its event and the event's offset, so one made from the log says
 *       what the owner's would have said; its hash chain goes on from the newest header's. If the
 *       event is in the log twice, both copies have the same bytes, and either offset is good.
 *   <li>Events are taken in log order, and only those that {@link LogCursor#judge} counts, from the
 *       newest header that counts on: the headers topic goes on where it ended, without a hole.
 *   <li>They come before the new epoch's opening, whose header follows once its event is
 *       acknowledged: so headers of two owners do not interleave.
 *   <li>Should the old owner live after all and send the same headers, or should a repair be broken
 *       off and made again, readers see a seq for the second time and ignore it ({@code NoGap}).
 * </ul>
 */
@FunctionalInterface
public interface HeaderRepair {
    /**
     * Publishes the headers of all events behind {@code headersEnd} up to {@code upToSeq}, and
     * returns when they are acknowledged. Threading: any thread, which it blocks.
     *
     * @param headersEnd where the headers that count have come to
     * @param upToSeq an event of the volume that is in the log and counts
     * @return how many were published; 0 when the topic has newer headers than {@code headersEnd}
     *     knows of: they are on their way to whoever asks
     * @throws IOException if an event is not in the log any more, or the brokers do not answer
     */
    long repair(String vvol, int partition, LogCursor headersEnd, long upToSeq) throws IOException;

    /**
     * The volume's hash chain after an event, as its header in the topic has it. Threading: any
     * thread, which it blocks.
     *
     * @return empty if the header has no link, or is not in the topic any more
     * @throws IOException if the brokers do not answer
     */
    default Optional<ChainPoint> chainAfter(String vvol, int partition, int epoch, long seq)
            throws IOException {
        return Optional.empty();
    }
}
