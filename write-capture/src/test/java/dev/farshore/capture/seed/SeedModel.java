package dev.farshore.capture.seed;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A volume in memory with the simplest log, a guest that writes whenever the seed does something,
 * and an owner that may crash then. All on the seed's thread, so a run depends on its seed only.
 */
final class SeedModel implements SeedTarget {
    static final int SECTOR = TouchedRanges.SECTOR_BYTES;
    static final int SECTORS = 2048;
    static final int SIZE = SECTORS * SECTOR;

    /** An event with its payload. */
    record Event(EventHeader header, byte[] payload) {}

    private final Random random;
    private final List<Event> log = new ArrayList<>();
    private final byte[] disk;
    private final byte[] content;
    private TouchedRanges touched = new TouchedRanges(0);
    private boolean isCrashing;
    int crashAfterSteps = Integer.MAX_VALUE;

    /**
     * @param disk what is imported, or what guests have written before the seed
     */
    SeedModel(Random random, byte[] disk, boolean isImport) {
        this.random = random;
        this.disk = disk;
        this.content = disk.clone();
        if (!isImport) {
            log.add(new Event(header(EventKind.WRITE, 0, SIZE), disk.clone()));
        }
    }

    List<Event> log() {
        return log;
    }

    byte[] content() {
        return content;
    }

    byte[] diskBytes() {
        return disk;
    }

    TouchedRanges touched() {
        return touched;
    }

    private EventHeader header(EventKind kind, long offset, long length) {
        return new EventHeader(
                "v", 1, log.size() + 1, 0, kind, offset, length, 0, 0, 0, "a#j reseed 1");
    }

    private void append(EventKind kind, long offset, byte[] payload, long length) {
        EventHeader header = header(kind, offset, length);
        touched.onEvent(header);
        log.add(new Event(header, payload));
    }

    /** The owner is gone in the middle of things: what is in the log stays. */
    void crash() throws IOException {
        if (--crashAfterSteps <= 0) {
            isCrashing = true;
            throw new IOException("crashed");
        }
        if (isCrashing) {
            throw new IOException("crashed");
        }
    }

    /** A guest's change or a few. */
    void guest() {
        for (int i = random.nextInt(3); i > 0; i--) {
            int first = random.nextInt(SECTORS);
            int count = 1 + random.nextInt(Math.min(SECTORS - first, 40));
            int from = first * SECTOR;
            byte[] bytes = new byte[count * SECTOR];
            if (random.nextInt(4) == 0) {
                append(EventKind.TRIM, from, new byte[0], bytes.length);
            } else {
                random.nextBytes(bytes);
                append(EventKind.WRITE, from, bytes, bytes.length);
            }
            System.arraycopy(bytes, 0, content, from, bytes.length);
        }
    }

    @Override
    public long start(String note, boolean isImport, TouchedRanges ranges) {
        touched = ranges;
        log.add(new Event(header(EventKind.SEED_STARTED, 0, SIZE), new byte[0]));
        return log.size();
    }

    /** A new owner knows what was touched from the log alone. */
    void restart(long startedSeq, long limit) {
        isCrashing = false;
        touched = new TouchedRanges(limit);
        log.subList((int) startedSeq, log.size()).forEach(event -> touched.onEvent(event.header()));
    }

    @Override
    public boolean append(long offset, ByteBuffer data) throws IOException {
        crash();
        guest();
        long end = offset + data.remaining();
        if (random.nextInt(8) == 0) {
            return false; // no room
        }
        long from = touched.nextUntouched(offset, end);
        while (from < end) {
            long to = touched.nextTouched(from, end);
            byte[] bytes = new byte[(int) (to - from)];
            data.get(data.position() + (int) (from - offset), bytes);
            append(EventKind.WRITE, from, bytes, bytes.length);
            if (random.nextInt(8) == 0) {
                return false; // no room for the rest
            }
            from = touched.nextUntouched(to, end);
        }
        return true;
    }

    @Override
    public boolean finish(String note) throws IOException {
        crash();
        guest();
        log.add(new Event(header(EventKind.SEED_FINISHED, 0, 0), new byte[0]));
        return true;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        crash();
        guest();
        into.put(content, (int) offset, into.remaining());
        guest();
    }

    @Override
    public long appliedSeq() {
        return log.size();
    }

    /** What is imported; its reads are interrupted by guests, too. */
    SeedSource disk() {
        return new Source(disk, this);
    }

    /** The volume itself. */
    SeedSource volume() {
        return new Source(content.clone(), this) {
            @Override
            public void read(long offset, ByteBuffer into) throws IOException {
                SeedModel.this.read(offset, into);
            }
        };
    }

    /** Allocated where it is not zero, in blocks. */
    static class Source implements SeedSource {
        private static final int BLOCK = 4096;
        private final byte[] bytes;
        private final SeedModel model;

        Source(byte[] bytes, SeedModel model) {
            this.bytes = bytes;
            this.model = model;
        }

        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public void read(long offset, ByteBuffer into) throws IOException {
            model.crash();
            model.guest();
            into.put(bytes, (int) offset, into.remaining());
            model.guest();
        }

        private boolean isData(long offset) {
            int from = (int) (offset - offset % BLOCK);
            int to = Math.min(bytes.length, from + BLOCK);
            return !Arrays.equals(bytes, from, to, new byte[BLOCK], 0, to - from);
        }

        @Override
        public long nextData(long from, long end) {
            long at = from;
            while (at < end && !isData(at)) {
                at += BLOCK - at % BLOCK;
            }
            return Math.min(at, end);
        }

        @Override
        public long nextHole(long from, long end) {
            long at = from;
            while (at < end && isData(at)) {
                at += BLOCK - at % BLOCK;
            }
            return Math.min(at, end);
        }

        @Override
        public void close() {}
    }
}
