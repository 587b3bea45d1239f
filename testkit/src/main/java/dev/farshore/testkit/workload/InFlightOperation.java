package dev.farshore.testkit.workload;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * An operation on its way, from its first sending to its answer, over as many connections as it
 * takes. Used again for the next operation; so is its buffer, which grows to the largest needed.
 *
 * <p>Threading: the volume's driver, and the connection that has it.
 */
final class InFlightOperation {
    private static final ByteBuffer NONE = ByteBuffer.allocateDirect(0);

    private final BlockDevice.Completion done;

    private Operation operation = new Operation.Flush();
    private @Nullable RecordedWrite write;
    private int[] expected = {};
    private ByteBuffer buffer = NONE;
    private long startedNs;

    /** The connection ended before the answer. Guarded by the driver's lock. */
    boolean isLost;

    InFlightOperation(BiConsumer<InFlightOperation, @Nullable IOException> onDone) {
        this.done = error -> onDone.accept(this, error);
    }

    Operation operation() {
        return operation;
    }

    /** The record's entry, if it is a write of any kind. */
    @Nullable RecordedWrite write() {
        return write;
    }

    long startedNs() {
        return startedNs;
    }

    /** Takes an operation on. From now on others can see what it conflicts with. */
    void assign(Operation next, long nowNs) {
        operation = next;
        startedNs = nowNs;
        isLost = false;
        write = null;
    }

    /** As {@link #assign}, for a write that the record has already begun. */
    void assign(Operation.Write next, RecordedWrite begun, long nowNs) {
        assign(next, nowNs);
        write = begun;
    }

    /**
     * Makes it ready to be sent: tells the record, fills the buffer. No operation that conflicts
     * with it is in flight or will be sent meanwhile.
     */
    void prepare(WriteRecord record) {
        switch (operation) {
            case Operation.Read read -> {
                expected = record.contents(read.offset(), read.length());
                reserve(read.length());
            }
            case Operation.Write data -> {
                RecordedWrite begun =
                        write == null ? record.begin(data.offset(), data.length(), false) : write;
                write = begun;
                reserve(data.length());
                SectorStamp.fill(buffer, record.volume(), begun.number(), data.offset());
            }
            case Operation.Zero zero -> write = record.begin(zero.offset(), zero.length(), true);
            case Operation.Trim trim -> write = record.begin(trim.offset(), trim.length(), true);
            case Operation.Flush _ -> {}
        }
    }

    /** Sends it, for the first time or again. */
    void send(NbdClient client) {
        switch (operation) {
            case Operation.Read read -> client.read(read.offset(), whole(read.length()), done);
            case Operation.Write data ->
                    client.write(data.offset(), whole(data.length()), data.isFua(), done);
            case Operation.Zero zero ->
                    client.writeZeroes(zero.offset(), zero.length(), zero.mayPunch(), false, done);
            case Operation.Trim trim -> client.trim(trim.offset(), trim.length(), false, done);
            case Operation.Flush _ -> client.flush(done);
        }
    }

    /** What a READ returned that is not what the record says; null if all is right. */
    @Nullable Difference wrongRead(WriteRecord record) {
        for (int sector = 0; sector < expected.length; sector++) {
            int at = sector * SectorStamp.SECTOR_BYTES;
            long offset = operation.start() + at;
            if (SectorStamp.inspect(buffer, at, record.volume(), offset)
                    != Math.max(expected[sector], 0)) {
                return new Difference(
                        record.vvol(),
                        "",
                        offset,
                        SectorStamp.describe(expected[sector]),
                        SectorStamp.describe(buffer, at, record.volume(), offset),
                        "READ through NBD");
            }
        }
        return null;
    }

    private void reserve(int bytes) {
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(bytes);
        }
        whole(bytes);
    }

    private ByteBuffer whole(int bytes) {
        return buffer.clear().limit(bytes);
    }
}
