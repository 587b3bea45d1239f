package dev.farshore.capture.volume;

import dev.farshore.capture.nbd.BlockDevice;
import dev.farshore.capture.nbd.BlockStatusSource;
import dev.farshore.capture.nbd.DeviceException;
import dev.farshore.capture.nbd.Exports;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.SiteBlockStatus;
import dev.farshore.schemas.event.EventKind;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A client's handle on a volume that is written here. */
final class VolumeDevice implements BlockDevice {
    /** A client that always has more to send must not keep the publisher waiting for a pause. */
    private static final int TOLD_AT_CHANGES = 16;

    private final VolumeKeeper keeper;
    private final Exports.Client client;
    private final long sizeBytes;

    /** Changes the publisher has not been told of; belongs to who makes the requests. */
    private int untold;

    VolumeDevice(VolumeKeeper keeper, Exports.Client client) {
        this.keeper = keeper;
        this.client = client;
        // Known first, then asked for the size: whoever changes it afterwards sends us away.
        keeper.clients().add(client);
        WriteSession session = keeper.session();
        this.sizeBytes = session == null ? keeper.spec().getSizeBytes() : session.log().sizeBytes();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        LocalImage image =
                keeper.image().orElseThrow(() -> new IOException("the image is not here any more"));
        session().read(offset, into, image);
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        submit(Change.write(offset, payload, fua, done));
    }

    @Override
    public void writeZeroes(
            long offset, long length, boolean mayPunch, boolean fua, Completion done) {
        EventKind kind = mayPunch ? EventKind.TRIM : EventKind.ZERO;
        submit(Change.ofRange(kind, offset, length, fua, done));
    }

    @Override
    public void trim(long offset, long length, boolean fua, Completion done) {
        submit(Change.ofRange(EventKind.TRIM, offset, length, fua, done));
    }

    @Override
    public void flush(Completion done) {
        submit(Change.flush(done));
    }

    @Override
    public BlockStatusSource blockStatus() {
        return new SiteBlockStatus(keeper.spec().getVvol(), keeper.images());
    }

    @Override
    public void settle() {
        WriteSession session = keeper.session();
        if (untold > 0 && session != null) {
            untold = 0;
            session.wakePublisher();
        }
    }

    @Override
    public void close() {
        settle();
        keeper.clients().remove(client);
    }

    private void submit(Change change) {
        try {
            session().submit(change);
            untold++;
            if (change.untilStable() || untold == TOLD_AT_CHANGES) {
                settle();
            }
        } catch (DeviceException e) {
            change.done().complete(e);
        }
    }

    private WriteSession session() throws DeviceException {
        WriteSession session = keeper.session();
        if (session == null) {
            throw new DeviceException(
                    DeviceException.Kind.SHUTTING_DOWN,
                    keeper.spec().getVvol() + " is not written here any more");
        }
        return session;
    }
}
