package dev.farshore.testkit.simulated;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.DeviceException;
import dev.farshore.testkit.verify.FlushListener;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A volume of {@link TwoSites}: a log in memory, and at each site an image and an applier of its
 * own. The owner's image has a write before it is acknowledged, the other one some time later.
 */
public final class ReplicatedVolume implements AutoCloseable {

    /** An event of the log; a flush has no range. */
    public record Event(long seq, boolean isFlush, long offset, ByteBuffer payload) {}

    private final String vvol;
    private final long sizeBytes;
    private final FlushListener flushes;
    private final TwoSites.Tampering tampering;
    private final List<Replica> replicas = new ArrayList<>();

    /** Guarded by this. */
    private final List<Event> log = new ArrayList<>();

    private String owner;

    /** A site's image. Guarded by itself; {@code applied} also by the volume. */
    private final class Replica {
        private final String site;
        private final FileChannel image;
        private final Thread applier;
        private int applied;

        Replica(String site, FileChannel image) {
            this.site = site;
            this.image = image;
            this.applier = Thread.ofVirtual().name("apply-" + site).unstarted(this::applyForever);
        }

        private void applyForever() {
            try {
                while (true) {
                    Event event = awaitEvent(applied);
                    apply(event);
                    synchronized (ReplicatedVolume.this) {
                        applied++;
                        ReplicatedVolume.this.notifyAll();
                    }
                }
            } catch (InterruptedException | IOException e) {
                // Closed.
            }
        }

        private void apply(Event event) throws IOException {
            for (Event each : tampering.tamper(site, event)) {
                if (each.isFlush) {
                    flushes.flushApplied(site, vvol, each.seq, this::read);
                } else {
                    image.write(each.payload.duplicate(), each.offset);
                }
            }
        }

        private void read(long offset, ByteBuffer into) throws IOException {
            while (into.hasRemaining()) {
                if (image.read(into, offset + into.position()) < 0) {
                    into.put((byte) 0);
                }
            }
        }
    }

    ReplicatedVolume(
            Path folder,
            String vvol,
            long sizeBytes,
            String owner,
            FlushListener flushes,
            TwoSites.Tampering tampering)
            throws IOException {
        this.vvol = vvol;
        this.sizeBytes = sizeBytes;
        this.owner = owner;
        this.flushes = flushes;
        this.tampering = tampering;
        for (String site : TwoSites.NAMES) {
            FileChannel image =
                    FileChannel.open(
                            image(folder, vvol, site),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.SPARSE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            image.write(ByteBuffer.allocate(1), sizeBytes - 1);
            replicas.add(new Replica(site, image));
        }
        replicas.forEach(replica -> replica.applier.start());
    }

    static Path image(Path folder, String vvol, String site) {
        return folder.resolve(vvol + "-" + site + ".raw");
    }

    synchronized void seal() {
        owner = "";
    }

    synchronized void open(String site) {
        owner = site;
    }

    synchronized void awaitApplied() throws InterruptedException {
        for (Replica replica : replicas) {
            while (replica.applied < log.size()) {
                wait();
            }
        }
    }

    private synchronized Event awaitEvent(int index) throws InterruptedException {
        while (index >= log.size()) {
            wait();
        }
        return log.get(index);
    }

    /** Logs an event, and waits until the site's own image has it. */
    private void append(String site, boolean isFlush, long offset, ByteBuffer payload)
            throws IOException {
        synchronized (this) {
            if (!site.equals(owner)) {
                throw new DeviceException(
                        DeviceException.Kind.SHUTTING_DOWN, vvol + " is not written here");
            }
            log.add(new Event(log.size() + 1, isFlush, offset, payload));
            int end = log.size();
            notifyAll();
            Replica own = replica(site);
            try {
                while (own.applied < end) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    private Replica replica(String site) {
        return replicas.get(TwoSites.NAMES.indexOf(site));
    }

    BlockDevice device(String site) {
        return new Device(site);
    }

    @Override
    public void close() throws IOException {
        for (Replica replica : replicas) {
            replica.applier.interrupt();
            replica.image.close();
        }
    }

    private final class Device implements BlockDevice {
        private final String site;

        Device(String site) {
            this.site = site;
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
            long at = offset - into.position();
            Replica own = replica(site);
            while (into.hasRemaining()) {
                if (own.image.read(into, at + into.position()) < 0) {
                    into.put((byte) 0);
                }
            }
        }

        @Override
        public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
            ByteBuffer copy = ByteBuffer.allocate(payload.remaining()).put(payload).flip();
            complete(false, offset, copy, done);
        }

        @Override
        public void writeUnaligned(
                long offset,
                ByteBuffer sectors,
                int headBytes,
                int tailBytes,
                boolean fua,
                Completion done) {
            throw new UnsupportedOperationException("its clients have whole sectors");
        }

        @Override
        public void writeZeroes(
                long offset, long length, boolean mayPunch, boolean fua, Completion done) {
            complete(false, offset, ByteBuffer.allocate((int) length), done);
        }

        @Override
        public void trim(long offset, long length, boolean fua, Completion done) {
            complete(false, offset, ByteBuffer.allocate((int) length), done);
        }

        @Override
        public void flush(Completion done) {
            complete(true, 0, ByteBuffer.allocate(0), done);
        }

        private void complete(boolean isFlush, long offset, ByteBuffer payload, Completion done) {
            try {
                append(site, isFlush, offset, payload);
                done.complete(null);
            } catch (IOException e) {
                done.complete(e);
            }
        }

        @Override
        public void close() {}
    }
}
