package dev.farshore.capture.volume;

import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * A client's request to change a volume, on its way into the journal. A write larger than one event
 * becomes several: a disk promises no atomicity across such a write either. Threading: the volume's
 * lock.
 */
final class Change {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final EventKind kind;
    private final long length;
    private final ByteBuffer payload;
    private final int writtenBytes;
    private final boolean untilStable;
    private final Completion done;
    private final @Nullable SectorRest rest;
    private long offset;

    private Change(
            EventKind kind,
            long offset,
            long length,
            ByteBuffer payload,
            @Nullable SectorRest rest,
            boolean untilStable,
            Completion done) {
        this.rest = rest;
        this.kind = kind;
        this.offset = offset;
        this.length = length;
        this.payload = payload;
        this.writtenBytes = payload.remaining();
        this.untilStable = untilStable;
        this.done = done;
    }

    static Change write(long offset, ByteBuffer payload, boolean untilStable, Completion done) {
        return new Change(
                EventKind.WRITE, offset, payload.remaining(), payload, null, untilStable, done);
    }

    /** A write of which {@code rest} is to be read from the volume before. */
    static Change write(
            long offset,
            ByteBuffer payload,
            SectorRest rest,
            boolean untilStable,
            Completion done) {
        return new Change(
                EventKind.WRITE, offset, payload.remaining(), payload, rest, untilStable, done);
    }

    static Change ofRange(
            EventKind kind, long offset, long length, boolean untilStable, Completion done) {
        return new Change(kind, offset, length, NOTHING, null, untilStable, done);
    }

    static Change flush(Completion done) {
        return new Change(EventKind.FLUSH, 0, 0, NOTHING, null, true, done);
    }

    EventKind kind() {
        return kind;
    }

    long offset() {
        return offset;
    }

    /** Bytes of the range that have no payload; a write's length is in its payload. */
    long length() {
        return length;
    }

    /** Bytes of a write's whole payload. */
    int writtenBytes() {
        return writtenBytes;
    }

    /** First byte behind what is left of the range. */
    long end() {
        return offset + (kind == EventKind.WRITE ? payload.remaining() : length);
    }

    /** What is left of a write's payload. */
    ByteBuffer payload() {
        return payload;
    }

    /** Whether it can be given its place: nothing of its payload is still to be read. */
    boolean isWhole() {
        return rest == null || rest.isKnown();
    }

    /** What is to be read before, or was; null if nothing. */
    @Nullable SectorRest rest() {
        return rest;
    }

    boolean untilStable() {
        return untilStable;
    }

    Completion done() {
        return done;
    }

    /** The next {@code bytes} of the payload are in the journal. */
    void advance(int bytes) {
        payload.position(payload.position() + bytes);
        offset += bytes;
    }
}
