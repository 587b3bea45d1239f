package dev.farshore.capture.export;

import dev.farshore.capture.read.latest.LatestReader;
import dev.farshore.capture.read.latest.ReadBatches;
import dev.farshore.nbd.BlockDevice.Completion;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads of the newest data: a client's reads that come together query the log's end once. */
record LatestReading(LatestReader reader, ReadBatches batches) implements ReadOnlyDevice.Reading {

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        reader.read(offset, into);
    }

    @Override
    public boolean readLater(long offset, ByteBuffer into, Completion done) {
        batches.add(offset, into, done);
        return true;
    }
}
