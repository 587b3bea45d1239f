package dev.farshore.apply.index;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

/**
 * What counts is decided by the order of {@code farshore.writes}; headers come in an order of their
 * own. Where the two differ, and what follows.
 *
 * <p>Of one writer, headers have the order of its events. Two writers meet where an epoch is opened
 * while the last owner, out of reach of everybody but the brokers, goes on writing. Let the opening
 * that counts have seq s. Then:
 *
 * <ul>
 *   <li>Every event below s that counts has its header before the opening's: who opens sees to that
 *       first. The old owner's own headers for them may come later still; they are duplicates.
 *   <li>The old owner's events from s on lie behind the opening in {@code farshore.writes}, for had
 *       one come first, the opening's seq would not have been the next: they are fenced. But their
 *       headers may come <i>before</i> the opening's, and then look as if they counted.
 *   <li>An opening's header is published by its writer only once it has seen the opening count (its
 *       image has applied it). So the header of an opening with a higher epoch says, wherever it
 *       comes, that what was taken in from its seq on does not count: that is taken back.
 *   <li>Openings that count have rising epochs and seqs, and each is below the next one's events:
 *       by the first point their headers come in that order.
 * </ul>
 *
 * <p>So when the opening's header has come, an index knows the events that count and no others.
 * Until then it may know some that do not: a fork that the old owner's site has seen acknowledged.
 */
final class HeaderOrder {
    private HeaderOrder() {}

    /** Whether events up to {@code cursor} are taken back by the header that comes next. */
    static boolean takesBack(LogCursor cursor, EventHeader next) {
        return next.kind() == EventKind.EPOCH_OPENED
                && next.epoch() > cursor.epoch()
                && next.seq() <= cursor.seq();
    }

    /**
     * Whether an index whose headers break off at {@code cursor} can begin anew at the header that
     * comes next: it counts, as far as can be told, and is not behind.
     *
     * <p>What is missing before it, it need not know once the image has it. So it is complete as
     * soon as the image has hardened the event before this one, and until then says that it is not.
     * It can't tell whether the header is of a fork. If it is, the opening's header takes it back,
     * wherever that comes; and behind an opening there is nothing that the index does not know.
     */
    static boolean mayBeginAnewAt(LogCursor cursor, EventHeader next) {
        if (takesBack(cursor, next)) {
            return true;
        }
        return next.kind() != EventKind.UNKNOWN
                && switch (cursor.judge(next)) {
                    case Verdict.Next after -> true;
                    case Verdict.Gap gap -> true;
                    case Verdict.Duplicate duplicate -> false;
                    case Verdict.Fenced fenced -> false;
                };
    }

    /** The cursor of an index that begins anew at {@code next}, which it has not taken in yet. */
    static LogCursor beginningBefore(LogCursor cursor, EventHeader next) {
        boolean isOpening = next.kind() == EventKind.EPOCH_OPENED;
        return new LogCursor(
                isOpening ? Math.min(cursor.epoch(), next.epoch() - 1) : next.epoch(),
                next.epoch() == cursor.epoch() ? cursor.owner() : "",
                !isOpening,
                next.seq() - 1,
                Math.max(cursor.vmSeq(), next.vmSeq()),
                next.totalBytes() - next.payloadBytes());
    }

    /** The cursor that {@code opening} follows, as far as it decides what counts. */
    static LogCursor before(LogCursor cursor, EventHeader opening) {
        return new LogCursor(
                cursor.epoch(),
                cursor.owner(),
                cursor.open(),
                opening.seq() - 1,
                // Perhaps too high: of those taken back. It has to be above all that count.
                cursor.vmSeq(),
                opening.totalBytes());
    }
}
