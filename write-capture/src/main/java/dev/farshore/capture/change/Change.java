package dev.farshore.capture.change;

import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * A client's request to change a volume, on its way into the journal. A write larger than one event
 * becomes several: a disk promises no atomicity across such a write either. Threading: the lock of
 * the volume's {@link ChangeQueue}.
 */
public final class Change {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final EventKind kind;
    private final long length;
    private final ByteBuffer payload;
    private final int writtenBytes;
    private final boolean untilStable;
    private final Completion done;
    private final @Nullable ReadModifyWrite edges;
    private long offset;

    private Change(
            EventKind kind,
            long offset,
            long length,
            ByteBuffer payload,
            @Nullable ReadModifyWrite edges,
            boolean untilStable,
            Completion done) {
        this.kind = kind;
        this.offset = offset;
        this.length = length;
        this.payload = payload;
        this.writtenBytes = payload.remaining();
        this.edges = edges;
        this.untilStable = untilStable;
        this.done = done;
    }

    public static Change write(
            long offset, ByteBuffer payload, boolean untilStable, Completion done) {
        return new Change(
                EventKind.WRITE, offset, payload.remaining(), payload, null, untilStable, done);
    }

    /** A write of which {@code edges} has to be read from the volume first. */
    public static Change write(
            long offset,
            ByteBuffer payload,
            ReadModifyWrite edges,
            boolean untilStable,
            Completion done) {
        return new Change(
                EventKind.WRITE, offset, payload.remaining(), payload, edges, untilStable, done);
    }

    public static Change ofRange(
            EventKind kind, long offset, long length, boolean untilStable, Completion done) {
        return new Change(kind, offset, length, NOTHING, null, untilStable, done);
    }

    public static Change flush(Completion done) {
        return new Change(EventKind.FLUSH, 0, 0, NOTHING, null, true, done);
    }

    EventKind kind() {
        return kind;
    }

    long offset() {
        return offset;
    }

    /** Bytes of a range without payload; a write's length is in its payload. */
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

    /** Whether nothing of its payload is still to be read. */
    boolean isWhole() {
        return edges == null || edges.isKnown();
    }

    /** What has to be read first, or was; null if nothing. */
    @Nullable ReadModifyWrite edges() {
        return edges;
    }

    public boolean untilStable() {
        return untilStable;
    }

    public Completion done() {
        return done;
    }

    /** The next {@code bytes} of the payload are in the journal. */
    void advance(int bytes) {
        payload.position(payload.position() + bytes);
        offset += bytes;
    }
}
