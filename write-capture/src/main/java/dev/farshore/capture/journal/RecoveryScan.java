package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.EntryChecksum;
import dev.farshore.capture.journal.file.EntryReader;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.Ring;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Finds the entries a journal holds after a start: from the tail forward, each next seq where the
 * one before ended, until there is none that is whole and current.
 *
 * <p><b>An entry appended is not lost.</b> Appending stores to the map, and what is in the map the
 * kernel keeps when the process is killed. When the host stops, what was forced is kept: {@link
 * Journal#force} covers every entry up to the newest, and none of them is stored to again before
 * the tail that no longer needs it is stable. So whatever half of a later lap has reached the disk,
 * it lies before the stable tail or after the newest entry forced, not between. (A page is written
 * back as a whole, but the sectors of older entries in it do not change, and a sector is written
 * whole or not at all.)
 *
 * <p><b>A tail older than the last release</b> makes entries reappear that were released: whole, in
 * order, and known to their readers as duplicates. Nothing of them was overwritten, see above. <b>A
 * tail newer than the entries on disk</b> (the kernel writes pages back in any order) leaves the
 * journal empty from there: those entries were released or not forced.
 *
 * <p><b>Nothing else is taken for an entry.</b> It must carry the identity of this journal in its
 * checksum, so a guest that writes a journal to its disk can't fake one; its seq and its position,
 * so one of an earlier lap is none; and its incarnation. The last is for what was cut: say that
 * entry 10 was torn, but 11 after it whole. The journal goes on with a new 10 in the old one's
 * place, and when that is as long, the old 11 follows it, seq, position and all. But entries from
 * the resume seq on must be of the present incarnation, and it is not. (Those before the resume seq
 * were made stable when the journal was opened, before the new incarnation was.)
 */
final class RecoveryScan {
    private final Ring ring;
    private final EntryReader entries;
    private final EntryChecksum checksum;
    private final CRC32C payloadCrc = new CRC32C();
    private final TailSlot tail;
    private final SeqIndex index;

    private long head;
    private long lastSeq;
    private String problem = "";
    private long cutBytes;
    private int wholeBehind;

    RecoveryScan(Ring ring, EntryReader entries, long identity, TailSlot tail, SeqIndex index) {
        this.ring = ring;
        this.entries = entries;
        this.checksum = new EntryChecksum(identity);
        this.tail = tail;
        this.index = index;
        this.head = tail.tailPosition();
        this.lastSeq = tail.released().seq();
    }

    /** End of the newest entry. */
    long head() {
        return head;
    }

    JournalRecovery run() {
        for (long at = next(); at >= 0; at = next()) {
            lastSeq++;
            index.put(tail.firstSeq(), lastSeq, at);
            head = entries.end(at);
        }
        lookBehindTheCut();
        return new JournalRecovery(tail.firstSeq(), lastSeq, cutBytes, wholeBehind, reason());
    }

    /** Position of the next entry; -1 when there is none. */
    private long next() {
        if (lastSeq - tail.released().seq() >= index.maxEntries()) {
            problem =
                    "there are more entries than a journal can hold: its newest tail slot is lost";
            return -1;
        }
        problem = problemAt(head, lastSeq + 1);
        if (problem.isEmpty()) {
            return head;
        }
        long lap = ring.nextLap(head);
        if (problemAt(lap, lastSeq + 1).isEmpty()
                && ring.place(head, entries.end(lap) - lap) == lap) {
            problem = "";
            return lap;
        }
        return -1;
    }

    /** Why entry {@code seq} is not at a position; empty when it is. */
    private String problemAt(long position, long seq) {
        if (ring.bytesToEnd(position) < Layout.ENTRY_PAYLOAD) {
            return "no room for an entry";
        }
        ByteBuffer window = ring.window(position);
        int at = ring.index(position);
        int bytes = window.getInt(at + Layout.ENTRY_BYTES);
        int payloadBytes = window.getInt(at + Layout.ENTRY_PAYLOAD_BYTES);
        int noteBytes = window.getShort(at + Layout.ENTRY_NOTE_BYTES);
        if (payloadBytes < 0
                || noteBytes < 0
                || bytes != Layout.entryBytes(payloadBytes, noteBytes)
                || bytes > ring.maxEntryBytes()
                || bytes > ring.bytesToEnd(position)) {
            return "its lengths make no sense";
        }
        byte[] note = new byte[noteBytes];
        window.get(at + (int) Layout.noteOffset(payloadBytes), note);
        window.get(at, checksum.fixed().array(), 0, Layout.ENTRY_PAYLOAD);
        if (checksum.of(note) != window.getInt(at + Layout.ENTRY_CRC)) {
            return "its checksum is wrong";
        }
        if (!isAt(window, at, position, seq)) {
            return "another entry is there";
        }
        int incarnation = window.getInt(at + Layout.ENTRY_INCARNATION);
        boolean isOfThisIncarnation = incarnation == tail.incarnation();
        if (isOfThisIncarnation != seq >= tail.resumeSeq()) {
            return "it is a remainder of incarnation " + incarnation;
        }
        payloadCrc.reset();
        payloadCrc.update(window.slice(at + Layout.ENTRY_PAYLOAD, payloadBytes));
        return (int) payloadCrc.getValue() == window.getInt(at + Layout.ENTRY_PAYLOAD_CRC)
                ? ""
                : "the checksum of its payload is wrong";
    }

    /** Goes over what follows the newest entry and seems to have been entries of this lap. */
    private void lookBehindTheCut() {
        long at = head;
        for (long seq = lastSeq + 1; cutBytes < ring.capacityBytes(); seq++) {
            if (!seemsBegun(at, seq)) {
                at = ring.nextLap(at);
                if (!seemsBegun(at, seq)) {
                    break;
                }
            }
            if (problemAt(at, seq).isEmpty()) {
                wholeBehind++;
            }
            int bytes = ring.getInt(at, Layout.ENTRY_BYTES);
            if (bytes < Layout.ENTRY_PAYLOAD || bytes > ring.bytesToEnd(at)) {
                // Torn in its very first bytes: how long it was can't be told.
                cutBytes += Layout.ENTRY_PAYLOAD;
                return;
            }
            cutBytes += bytes;
            at += bytes;
        }
    }

    /** Whether an entry of this seq was begun here; one of the two numbers may be damaged. */
    private boolean seemsBegun(long position, long seq) {
        return ring.bytesToEnd(position) >= Layout.ENTRY_PAYLOAD
                && (ring.getLong(position, Layout.ENTRY_SEQ) == seq
                        || position > 0
                                && ring.getLong(position, Layout.ENTRY_POSITION) == position);
    }

    private static boolean isAt(ByteBuffer window, int at, long position, long seq) {
        return window.getLong(at + Layout.ENTRY_SEQ) == seq
                && window.getLong(at + Layout.ENTRY_POSITION) == position;
    }

    private String reason() {
        if (lastSeq + 1 < tail.resumeSeq()) {
            return "entries up to %d were stable, but entry %d is damaged: %s"
                    .formatted(tail.resumeSeq() - 1, lastSeq + 1, problem);
        }
        return cutBytes == 0 ? "" : "entry %d: %s".formatted(lastSeq + 1, problem);
    }
}
