package dev.farshore.capture.volume;

import dev.farshore.capture.change.Change;
import dev.farshore.capture.change.ReadModifyWrite;
import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.pressure.RequestCounters;
import dev.farshore.capture.read.Allocation;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.SiteBlockStatus;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.BlockStatusSource;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;
import dev.farshore.nbd.DeviceException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.RequestObserver;
import dev.farshore.schemas.event.EventKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** A client's handle on a volume that is written here. */
final class VolumeDevice implements BlockDevice {
    /**
     * The publisher is woken after so many changes at the latest: a client that always has more to
     * send must not keep it waiting for a pause.
     */
    private static final int WAKE_AT_CHANGES = 16;

    /** A rebalance takes seconds; catching up after a fault may take longer than a guest waits. */
    private static final Duration IMAGE_PATIENCE = Duration.ofSeconds(30);

    private static final long IMAGE_POLL_NANOS = 2_000_000;

    private final VolumeKeeper keeper;
    private final Exports.Client client;
    private final LongSupplier nanoClock;
    private final long sizeBytes;
    private final RequestObserver observer;

    /** Changes since the publisher was woken; belongs to the thread that makes the requests. */
    private int unannounced;

    /**
     * @param client is admitted
     */
    VolumeDevice(
            VolumeKeeper keeper,
            Exports.Client client,
            LongSupplier nanoClock,
            CaptureObserver observer) {
        this.keeper = keeper;
        this.client = client;
        this.nanoClock = nanoClock;
        this.observer = new DeviceObserver(keeper.traffic().requests(), observer);
        // The client is admitted already: whoever changes the size after this disconnects it.
        WriteSession session = keeper.session();
        this.sizeBytes =
                session == null ? keeper.spec().getSizeBytes() : session.changes().sizeBytes();
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
                session().reads().read(offset, into.position(position), image);
                return;
            } catch (IOException e) {
                // An image closed under us, because its partition goes elsewhere, is no error.
                if (keeper.image().filter(image::equals).isPresent()) {
                    throw e;
                }
            }
        }
    }

    /**
     * The image, once it has everything that the journal has released. A fault may have made it
     * open again at its hardened position, and it is away while its partition moves between nodes.
     * Then this waits: a read would return what was overwritten long ago.
     *
     * @throws IOException if it does not come back in time, or the volume is served elsewhere now
     */
    private LocalImage usableImage() throws IOException {
        long deadlineNanos = nanoClock.getAsLong() + IMAGE_PATIENCE.toNanos();
        while (true) {
            WriteSession session = session();
            LocalImage image = keeper.image().orElse(null);
            if (image != null && hasAllReleased(image, session)) {
                return image;
            }
            if (!keeper.state().isServed()) {
                throw notHere();
            }
            if (nanoClock.getAsLong() > deadlineNanos) {
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
                        new ReadModifyWrite(offset, sectors, headBytes, tailBytes, this::read),
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

    /** Reports everything as data where a read would have to wait for the image. */
    private void allocation(long offset, long length, ExtentConsumer consumer) throws IOException {
        WriteSession session = session();
        LocalImage image = keeper.image().orElse(null);
        if (image == null || !hasAllReleased(image, session)) {
            consumer.accept(length, Allocation.DATA);
            return;
        }
        try {
            session.reads().allocation(offset, length, image, consumer);
        } catch (ClosedChannelException e) {
            consumer.accept(length, Allocation.DATA); // the rest: its partition goes elsewhere
        }
    }

    private static boolean hasAllReleased(LocalImage image, WriteSession session) {
        // What is released from now on this image, being the one, has applied.
        return image.applied().seq() >= session.journal().firstSeq() - 1;
    }

    @Override
    public RequestObserver observer() {
        return observer;
    }

    private record DeviceObserver(RequestCounters volume, CaptureObserver node)
            implements RequestObserver {
        @Override
        public void answered(Operation operation, long nanos) {
            volume.count(operation);
            node.answered(operation, nanos);
        }

        @Override
        public void failed(Operation operation) {
            node.failed(operation);
        }
    }

    @Override
    public void settle() {
        WriteSession session = keeper.session();
        if (unannounced > 0 && session != null) {
            unannounced = 0;
            session.lane().wake();
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
                session.journal().expectRemoteClients();
            }
            session.changes().submit(change);
            unannounced++;
            if (change.untilStable()) {
                unannounced = 0;
                session.lane().wakeNow();
            } else if (unannounced == WAKE_AT_CHANGES) {
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
