package dev.farshore.capture.journal;

import dev.farshore.capture.journal.JournalLoss.Kind;
import dev.farshore.capture.journal.file.Layout;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A journal's mark of its host, so that the next opening can tell whether a crash of the host may
 * have lost what was acknowledged.
 *
 * <p>Invariant: every acknowledged event that the next opening does not find is reported. A process
 * that dies loses nothing, as the kernel keeps what is in the map. So something can be missing only
 * where the host was started again since ({@code boot} differs) and the journal had not been
 * closed, as closing makes all of it stable; or where the disk lost what was stable ({@code
 * stableSeq}). A mark that is older than the newest one written errs on the safe side: it is not
 * closed, and its stable seq is lower. It can't be of an earlier boot, as opening makes the mark of
 * the present one stable before anything is appended.
 *
 * @param boot start of the host the journal was opened in; unknown in one of an earlier version
 * @param isClosed whether everything was made stable and nothing appended since
 * @param hasRemoteClients whether a client that may be on another host has written in this
 *     incarnation; stable before its first write is acknowledged
 * @param stableSeq an event up to which all were stable; higher ones may be, too
 * @param loss what an opening found and nobody has settled; its reason is not kept
 */
record HostMark(
        HostBoot boot,
        boolean isClosed,
        boolean hasRemoteClients,
        long stableSeq,
        JournalLoss loss) {
    /** Says nothing: of journals of an earlier version. */
    static final HostMark UNKNOWN =
            new HostMark(HostBoot.UNKNOWN, false, false, 0, JournalLoss.NONE);

    private static final int BOOT_KNOWN = 1;
    private static final int CLOSED = 1 << 1;
    private static final int REMOTE_CLIENTS = 1 << 2;
    private static final int LOSS_UNFLUSHED = 1 << 3;
    private static final int LOSS_FLUSHED = 1 << 4;
    private static final int LOSS_REMOTE_CLIENTS = 1 << 5;

    /** Of a journal that was just made. */
    static HostMark created(long seq) {
        return new HostMark(HostBoot.UNKNOWN, true, false, seq, JournalLoss.NONE);
    }

    HostMark opened(HostBoot present, long lastSeq, JournalLoss found) {
        return new HostMark(present, false, false, lastSeq, found);
    }

    HostMark closed(long lastSeq) {
        return new HostMark(boot, true, hasRemoteClients, lastSeq, loss);
    }

    HostMark stable(long seq) {
        return new HostMark(boot, isClosed, hasRemoteClients, Math.max(stableSeq, seq), loss);
    }

    HostMark withRemoteClients() {
        return new HostMark(boot, isClosed, true, stableSeq, loss);
    }

    HostMark settled() {
        return new HostMark(boot, isClosed, hasRemoteClients, stableSeq, JournalLoss.NONE);
    }

    /**
     * What the journal lost, if anything.
     *
     * @param found by the scan of an opening in the host's start {@code present}
     * @param resumeSeq everything before it was stable, whatever the mark says
     * @param endsWithSeal whether the newest event is a seal: no change was taken behind it
     */
    JournalLoss lossAt(
            HostBoot present, JournalRecovery found, long resumeSeq, boolean endsWithSeal) {
        return newLoss(present, found, Math.max(stableSeq, resumeSeq - 1), endsWithSeal).and(loss);
    }

    private JournalLoss newLoss(
            HostBoot present, JournalRecovery found, long stable, boolean endsWithSeal) {
        if (found.lastSeq() < stable) {
            return found(
                    Kind.FLUSHED,
                    found,
                    "events up to %d were stable, but it ends with %d"
                            .formatted(stable, found.lastSeq()));
        }
        if (found.wholeBehind() > 0 && present.isSameAs(boot)) {
            return found(
                    Kind.FLUSHED,
                    found,
                    "event %d is damaged, and the host has not been started again since"
                            .formatted(found.lastSeq() + 1));
        }
        if (!isClosed && !endsWithSeal && present.isOtherThan(boot)) {
            return found(
                    Kind.UNFLUSHED,
                    found,
                    "the host was started again while the journal was open: "
                            + unflushed(found.lastSeq()));
        }
        return found.wholeBehind() > 0
                ? found(Kind.UNFLUSHED, found, "event %d is damaged".formatted(found.lastSeq() + 1))
                : JournalLoss.NONE;
    }

    private static String unflushed(long afterSeq) {
        return "what was acknowledged after event %d and not flushed may be lost"
                .formatted(afterSeq);
    }

    private JournalLoss found(Kind kind, JournalRecovery found, String what) {
        String reason = found.isCut() ? "%s (%s)".formatted(what, found.cutReason()) : what;
        return new JournalLoss(kind, found.lastSeq(), hasRemoteClients, reason);
    }

    void encode(ByteBuffer slot) {
        UUID id = boot.id();
        int flags =
                (id == null ? 0 : BOOT_KNOWN)
                        | (isClosed ? CLOSED : 0)
                        | (hasRemoteClients ? REMOTE_CLIENTS : 0)
                        | (loss.hasRemoteClients() ? LOSS_REMOTE_CLIENTS : 0)
                        | switch (loss.kind()) {
                            case NONE -> 0;
                            case UNFLUSHED -> LOSS_UNFLUSHED;
                            case FLUSHED -> LOSS_FLUSHED;
                        };
        slot.putInt(Layout.MARK_FLAGS, flags)
                .putLong(Layout.MARK_BOOT, id == null ? 0 : id.getMostSignificantBits())
                .putLong(
                        Layout.MARK_BOOT + Long.BYTES,
                        id == null ? 0 : id.getLeastSignificantBits())
                .putLong(Layout.MARK_STABLE_SEQ, stableSeq)
                .putLong(Layout.MARK_LOSS_AFTER_SEQ, loss.afterSeq());
    }

    static HostMark decode(ByteBuffer slot) {
        int flags = slot.getInt(Layout.MARK_FLAGS);
        HostBoot boot =
                (flags & BOOT_KNOWN) == 0
                        ? HostBoot.UNKNOWN
                        : new HostBoot(
                                new UUID(
                                        slot.getLong(Layout.MARK_BOOT),
                                        slot.getLong(Layout.MARK_BOOT + Long.BYTES)));
        return new HostMark(
                boot,
                (flags & CLOSED) != 0,
                (flags & REMOTE_CLIENTS) != 0,
                slot.getLong(Layout.MARK_STABLE_SEQ),
                loss(flags, slot.getLong(Layout.MARK_LOSS_AFTER_SEQ)));
    }

    private static JournalLoss loss(int flags, long afterSeq) {
        if ((flags & (LOSS_UNFLUSHED | LOSS_FLUSHED)) == 0) {
            return JournalLoss.NONE;
        }
        boolean isFlushed = (flags & LOSS_FLUSHED) != 0;
        return new JournalLoss(
                isFlushed ? Kind.FLUSHED : Kind.UNFLUSHED,
                afterSeq,
                (flags & LOSS_REMOTE_CLIENTS) != 0,
                "found at an earlier start: "
                        + (isFlushed
                                ? "stable events after %d are missing".formatted(afterSeq)
                                : unflushed(afterSeq)));
    }
}
