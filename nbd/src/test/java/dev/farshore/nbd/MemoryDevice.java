package dev.farshore.nbd;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A sparse device in memory, that completes everything on the calling thread. */
public class MemoryDevice implements BlockDevice {
    static final int PAGE_BYTES = 64 << 10;

    private final long sizeBytes;
    private final boolean readOnly;
    final ConcurrentHashMap<Long, ByteBuffer> pages = new ConcurrentHashMap<>();
    final AtomicInteger flushes = new AtomicInteger();
    final AtomicInteger stableWrites = new AtomicInteger();
    final AtomicInteger keptZeroes = new AtomicInteger();
    final AtomicInteger trims = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();

    public MemoryDevice(long sizeBytes) {
        this(sizeBytes, false);
    }

    MemoryDevice(long sizeBytes, boolean readOnly) {
        this.sizeBytes = sizeBytes;
        this.readOnly = readOnly;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws java.io.IOException {
        long at = offset;
        while (into.hasRemaining()) {
            int inPage = (int) (at % PAGE_BYTES);
            int count = Math.min(into.remaining(), PAGE_BYTES - inPage);
            ByteBuffer page = pages.get(at / PAGE_BYTES);
            if (page == null) {
                into.put(new byte[count]);
            } else {
                synchronized (page) {
                    into.put(into.position(), page, inPage, count);
                }
                into.position(into.position() + count);
            }
            at += count;
        }
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        if (fua) {
            stableWrites.incrementAndGet();
        }
        long at = offset;
        while (payload.hasRemaining()) {
            int inPage = (int) (at % PAGE_BYTES);
            int count = Math.min(payload.remaining(), PAGE_BYTES - inPage);
            ByteBuffer page =
                    pages.computeIfAbsent(
                            at / PAGE_BYTES, number -> ByteBuffer.allocate(PAGE_BYTES));
            synchronized (page) {
                page.put(inPage, payload, payload.position(), count);
            }
            payload.position(payload.position() + count);
            at += count;
        }
        done.complete(null);
    }

    /** Its memory is of bytes. */
    @Override
    public void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done) {
        int from = sectors.position() + headBytes;
        int to = sectors.limit() - tailBytes;
        write(offset + headBytes, sectors.limit(to).position(from), fua, done);
    }

    @Override
    public void writeZeroes(
            long offset, long length, boolean mayPunch, boolean fua, Completion done) {
        if (!mayPunch) {
            keptZeroes.incrementAndGet();
        }
        clear(offset, length, mayPunch);
        done.complete(null);
    }

    @Override
    public void trim(long offset, long length, boolean fua, Completion done) {
        trims.incrementAndGet();
        clear(offset, length, true);
        done.complete(null);
    }

    private void clear(long offset, long length, boolean mayPunch) {
        long at = offset;
        long end = offset + length;
        while (at < end) {
            int inPage = (int) (at % PAGE_BYTES);
            int count = (int) Math.min(end - at, PAGE_BYTES - inPage);
            if (count == PAGE_BYTES && mayPunch) {
                pages.remove(at / PAGE_BYTES);
            } else {
                ByteBuffer page = pages.get(at / PAGE_BYTES);
                if (page == null && !mayPunch) {
                    page =
                            pages.computeIfAbsent(
                                    at / PAGE_BYTES, number -> ByteBuffer.allocate(PAGE_BYTES));
                }
                if (page != null) {
                    synchronized (page) {
                        page.put(inPage, new byte[count]);
                    }
                }
            }
            at += count;
        }
    }

    @Override
    public void flush(Completion done) {
        flushes.incrementAndGet();
        done.complete(null);
    }

    /** {@code base:allocation}, and {@code test:pages} with 1 for pages that have been written. */
    @Override
    public BlockStatusSource blockStatus() {
        return new BlockStatusSource() {
            @Override
            public List<String> contexts() {
                return List.of(BlockStatusSource.BASE_ALLOCATION, "test:pages");
            }

            @Override
            public void extents(String context, long offset, long length, ExtentConsumer consumer) {
                boolean allocation = context.equals(BlockStatusSource.BASE_ALLOCATION);
                int absent = allocation ? BlockStatusSource.HOLE | BlockStatusSource.ZERO : 0;
                int present = allocation ? 0 : 1;
                long at = offset;
                boolean more = true;
                while (more && at < offset + length) {
                    long end = (at / PAGE_BYTES + 1) * PAGE_BYTES;
                    more =
                            consumer.accept(
                                    end - at,
                                    pages.containsKey(at / PAGE_BYTES) ? present : absent);
                    at = end;
                }
            }
        };
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }
}
