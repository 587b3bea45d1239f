package dev.farshore.capture.journal.file;

/**
 * Where things lie in a journal's file. All numbers are little endian; every page is 4 KiB.
 *
 * <pre>
 * page 0   file header, written once      page 1, 2   tail slots, written in turn
 * +0   magic "FARSHJNL"                   +0   CRC-32C of +4 … +64 and the identity
 * +8   version, 1                         +4   incarnation
 * +12  CRC-32C of +16 … end of name       +8   generation; the valid slot with the higher counts
 * +16  capacity: bytes of the ring        +16  resume seq
 * +24  identity: a random number          +24  tail position
 * +32  bytes of the vvol's name           +32  last released event: seq
 * +36  name, UTF-8                        +40                       vm seq
 *                                         +48                       total bytes
 *                                         +56                       epoch
 *                                         +64  CRC-32C of +0 … +64, +68 … +104 and the identity
 *                                         +68  flags of the host's mark
 *                                         +72  start of the host, a UUID
 *                                         +88  an event up to which all were stable
 *                                         +96  a loss: newest event not lost
 *                                         +1024 chain slots, written in turn too:
 *                                               CRC-32C of +1028 … +1080 and the identity
 *                                         +1032 an event that both topics have: seq
 *                                         +1040 first seq of its hash chain
 *                                         +1048 the chain's value after it, 32 bytes
 *
 * page 3 …  the ring: entries, each 8-byte aligned and in one piece
 *
 *       0        4        8                16               24               32
 *     0 │ CRC    │ bytes  │ seq            │ position       │ vm seq         │
 *    32 │ offset          │ length         │ total bytes    │ capture micros │
 *    64 │ epoch  │ incarn.│ payload│ payl. │ kind│note│  0  │ payload …
 *       │        │        │ CRC    │ bytes │     │byte│     │ (from byte 88)
 *       … padding to 8 │ note, UTF-8 … padding to 8
 * </pre>
 *
 * <p>An entry's own CRC covers its bytes 4 to 88, the journal's identity (which is in the file's
 * header, not in the entry) and the note. The payload is covered through its CRC, which came with
 * the event and is one of those bytes: so a payload is summed once, by whoever captured it, and
 * still no bit of an entry is uncovered but padding.
 *
 * <p><b>Position</b> counts bytes of the ring since the journal was created and never goes back; an
 * entry at position p lies at p modulo the ring's capacity. An entry that would cross the ring's
 * end starts at the next multiple of the capacity instead. No entry is larger than half the ring,
 * so in an empty ring there is room for any, wherever the tail is.
 *
 * <p><b>The host's mark</b> (from +64, see {@link dev.farshore.capture.journal.HostMark}) came
 * later than the rest: a program that does not know it writes slots without one, and reads slots
 * with one. Its checksum covers the slot before it, so a mark is never taken for another slot's.
 *
 * <p><b>Incarnation</b> counts how often the journal was opened. <b>Resume seq</b> is the first seq
 * appended in the present incarnation: an entry at or above it is of this incarnation, one below of
 * an earlier one, or it is not current. See {@link dev.farshore.capture.journal.RecoveryScan} for
 * what that buys.
 */
public final class Layout {
    public static final int PAGE_BYTES = 4096;

    static final long MAGIC = 0x4C4E_4A48_5352_4146L;
    static final int VERSION = 1;
    static final int HEADER_VERSION = 8;
    static final int HEADER_CRC = 12;
    static final int HEADER_CRC_FROM = 16;
    static final int HEADER_CAPACITY = 16;
    static final int HEADER_IDENTITY = 24;
    static final int HEADER_NAME_BYTES = 32;
    static final int HEADER_NAME = 36;
    static final int NAME_BYTES_MAX = 1024;

    public static final int SLOTS = 2;
    public static final int SLOT_CRC = 0;
    public static final int SLOT_CRC_FROM = 4;
    public static final int SLOT_INCARNATION = 4;
    public static final int SLOT_GENERATION = 8;
    public static final int SLOT_RESUME_SEQ = 16;
    public static final int SLOT_TAIL_POSITION = 24;
    public static final int SLOT_RELEASED_SEQ = 32;
    public static final int SLOT_RELEASED_VM_SEQ = 40;
    public static final int SLOT_RELEASED_TOTAL_BYTES = 48;
    public static final int SLOT_RELEASED_EPOCH = 56;
    public static final int SLOT_CRC_END = 64;
    public static final int MARK_CRC = 64;
    public static final int MARK_FLAGS = 68;
    public static final int MARK_BOOT = 72;
    public static final int MARK_STABLE_SEQ = 88;
    public static final int MARK_LOSS_AFTER_SEQ = 96;

    /** With the mark; all of it in one sector. */
    public static final int SLOT_BYTES = 104;

    static final int[] CHAIN_OFFSETS = {PAGE_BYTES + 1024, 2 * PAGE_BYTES + 1024};
    static final int CHAIN_CRC = 0;
    static final int CHAIN_CRC_FROM = 4;
    static final int CHAIN_SEQ = 8;
    static final int CHAIN_START_SEQ = 16;
    static final int CHAIN_VALUE = 24;
    static final int CHAIN_BYTES = 56;

    public static final int RING_OFFSET = 3 * PAGE_BYTES;

    public static final int ENTRY_CRC = 0;
    static final int ENTRY_CRC_FROM = 4;
    public static final int ENTRY_BYTES = 4;
    public static final int ENTRY_SEQ = 8;
    public static final int ENTRY_POSITION = 16;
    static final int ENTRY_VM_SEQ = 24;
    public static final int ENTRY_OFFSET = 32;
    static final int ENTRY_LENGTH = 40;
    static final int ENTRY_TOTAL_BYTES = 48;
    static final int ENTRY_CAPTURE_MICROS = 56;
    static final int ENTRY_EPOCH = 64;
    public static final int ENTRY_INCARNATION = 68;
    public static final int ENTRY_PAYLOAD_CRC = 72;
    public static final int ENTRY_PAYLOAD_BYTES = 76;
    static final int ENTRY_KIND = 80;
    public static final int ENTRY_NOTE_BYTES = 82;
    public static final int ENTRY_PAYLOAD = 88;
    static final int NOTE_BYTES_MAX = 4096;

    private Layout() {}

    /** Where in the file a tail slot lies. */
    public static int slotOffset(int slot) {
        return (1 + slot) * PAGE_BYTES;
    }

    /** Bytes of a whole entry; more than an int holds for an absurd payload. */
    public static long entryBytes(int payloadBytes, int noteBytes) {
        return ENTRY_PAYLOAD + padded(payloadBytes) + padded(noteBytes);
    }

    /** Where in its entry a note starts. */
    public static long noteOffset(int payloadBytes) {
        return ENTRY_PAYLOAD + padded(payloadBytes);
    }

    private static long padded(int bytes) {
        return (bytes + 7L) & ~7L;
    }
}
