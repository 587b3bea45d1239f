package dev.farshore.capture.volume;

import dev.farshore.capture.read.Allocation;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.SiteBlockStatus;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.BlockStatusSource;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;
import dev.farshore.nbd.DeviceException;
import dev.farshore.nbd.Exports;
import dev.farshore.schemas.event.EventKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A client's handle on a volume that is written here. */
final class VolumeDevice implements BlockDevice {
    /** A client that always has more to send must not keep the publisher waiting for a pause. */
    private static final int TOLD_AT_CHANGES = 16;

    /** A rebalance takes seconds; catching up after a fault may take longer than a guest waits. */
    private static final Duration IMAGE_PATIENCE = Duration.ofSeconds(30);

    private static final long IMAGE_POLL_NANOS = 2_000_000;

    private final VolumeKeeper keeper;
    private final Exports.Client client;
    private final long sizeBytes;

    /** Changes the publisher has not been told of; belongs to who makes the requests. */
    private int untold;

    /**
     * @param client is admitted
     */
    VolumeDevice(VolumeKeeper keeper, Exports.Client client) {
        this.keeper = keeper;
        this.client = client;
        // Admitted first, then asked for the size: whoever changes it afterwards sends us away.
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
        int position = into.position();
        while (true) {
            LocalImage image = usableImage();
            try {
                session().read(offset, into.position(position), image);
                return;
            } catch (IOException e) {
                // One that was closed under us, as its partition goes elsewhere, is no fault of it.
                if (keeper.image().filter(image::equals).isPresent()) {
                    throw e;
                }
            }
        }
    }

    /**
     * The image, once it has all that the journal has let go. It is a step back when a fault has
     * made it open again at its hardened position, and away while its partition moves between
     * nodes; then this waits, as reading on would answer with what was overwritten long ago.
     *
     * @throws IOException if it does not come back in time, or the volume is served elsewhere now
     */
    private LocalImage usableImage() throws IOException {
        long deadlineNanos = System.nanoTime() + IMAGE_PATIENCE.toNanos();
        while (true) {
            WriteSession session = session();
            LocalImage image = keeper.image().orElse(null);
            if (image != null && hasWhatIsReleased(image, session)) {
                return image;
            }
            if (!keeper.state().isServed()) {
                throw notHere();
            }
            if (System.nanoTime() > deadlineNanos) {
                String vvol = keeper.spec().getVvol();
                throw new IOException(
                        "the image of %s is %s"
                                .formatted(
                                        vvol,
                                        keeper.images()
                                                .fault(vvol)
                                                .orElse(
                                                        image == null
                                                                ? "not here"
                                                                : "behind its journal")));
            }
            LockSupport.parkNanos(IMAGE_POLL_NANOS);
        }
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        submit(Change.write(offset, payload, fua, done));
    }

    @Override
    public void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done) {
        submit(
                Change.write(
                        offset,
                        sectors,
                        new SectorRest(offset, sectors, headBytes, tailBytes, this::read),
                        fua,
                        done));
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
        if (keeper.clients().isLeftAlone()) {
            done.complete(null);
            return;
        }
        submit(Change.flush(done));
    }

    @Override
    public BlockStatusSource blockStatus() {
        return new SiteBlockStatus(keeper.spec().getVvol(), keeper.images(), this::allocation);
    }

    /** Says that all is data where reading would have to wait for the image. */
    private void allocation(long offset, long length, ExtentConsumer consumer) throws IOException {
        WriteSession session = session();
        LocalImage image = keeper.image().orElse(null);
        if (image == null || !hasWhatIsReleased(image, session)) {
            consumer.accept(length, Allocation.DATA);
            return;
        }
        try {
            session.allocation(offset, length, image, consumer);
        } catch (ClosedChannelException e) {
            consumer.accept(length, Allocation.DATA); // the rest: its partition goes elsewhere
        }
    }

    private static boolean hasWhatIsReleased(LocalImage image, WriteSession session) {
        // What is released from now on this image, being the one, has applied.
        return image.applied().seq() >= session.firstSeq() - 1;
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
            WriteSession session = session();
            if (!client.isOnThisHost()) {
                session.expectGuestsElsewhere();
            }
            session.submit(change);
            untold++;
            if (change.untilStable()) {
                untold = 0;
                session.publishNow();
            } else if (untold == TOLD_AT_CHANGES) {
                settle();
            }
        } catch (IOException e) {
            change.done().complete(e);
        }
    }

    private WriteSession session() throws DeviceException {
        WriteSession session = keeper.session();
        if (session == null || keeper.clients().isLeftAlone()) {
            throw notHere();
        }
        return session;
    }

    private DeviceException notHere() {
        return new DeviceException(
                DeviceException.Kind.SHUTTING_DOWN,
                keeper.spec().getVvol() + " is not written here any more");
    }
}
