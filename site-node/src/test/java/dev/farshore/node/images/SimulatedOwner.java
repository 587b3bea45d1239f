package dev.farshore.node.images;

import dev.farshore.schemas.codec.PayloadChecksum;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One epoch's owner of a volume: makes events, and publishes them and their headers as {@code Lane}
 * does, with failures after which it starts over.
 */
final class SimulatedOwner {
    static final int SECTOR = 512;
    static final int MAX_SECTORS = 64;

    private final String vvol;
    private final int epoch;
    private final long firstSeq;
    private final SimulatedLog log;
    private final List<IndexedHeader> headers;
    private final Random random;
    private final boolean isResizing;
    private final List<LogEvent> made = new ArrayList<>();
    private final Map<Long, Long> offsets = new HashMap<>();
    private long sectors = MAX_SECTORS;
    private long ackedSeq;
    private long headerAckedSeq;

    /**
     * @param headers the topic, shared with the other owners
     */
    SimulatedOwner(
            String vvol,
            int epoch,
            long firstSeq,
            SimulatedLog log,
            List<IndexedHeader> headers,
            Random random,
            boolean isResizing) {
        this.vvol = vvol;
        this.epoch = epoch;
        this.firstSeq = firstSeq;
        this.log = log;
        this.headers = headers;
        this.random = random;
        this.isResizing = isResizing;
        this.ackedSeq = firstSeq - 1;
        this.headerAckedSeq = firstSeq - 1;
        make(EventKind.EPOCH_OPENED, 0, sectors * SECTOR);
    }

    int epoch() {
        return epoch;
    }

    /** A change of the volume, which is not published yet. */
    void makeOne() {
        long from = random.nextLong(sectors);
        long count = 1 + random.nextLong(Math.min(12, sectors - from));
        switch (random.nextInt(24)) {
            case 0 -> make(EventKind.FLUSH, 0, 0);
            case 1 -> make(EventKind.TRIM, from * SECTOR, count * SECTOR);
            case 2 -> make(EventKind.ZERO, 0, sectors * SECTOR);
            case 3 -> {
                if (isResizing && random.nextInt(4) == 0) {
                    sectors = MAX_SECTORS / 2 + random.nextInt(MAX_SECTORS / 2 + 1);
                    make(EventKind.RESIZE, 0, sectors * SECTOR);
                }
            }
            default -> make(EventKind.WRITE, from * SECTOR, count * SECTOR);
        }
    }

    private void make(EventKind kind, long offset, long length) {
        long seq = firstSeq + made.size();
        byte[] bytes = new byte[kind == EventKind.WRITE ? (int) length : 0];
        random.nextBytes(bytes);
        ByteBuffer payload = ByteBuffer.wrap(bytes);
        made.add(
                new LogEvent(
                        new EventHeader(
                                vvol,
                                epoch,
                                seq,
                                seq,
                                kind,
                                offset,
                                length,
                                seq,
                                seq,
                                PayloadChecksum.of(payload),
                                kind == EventKind.EPOCH_OPENED ? "site#" + epoch : ""),
                        payload));
    }

    /** Sends some of what is not acknowledged; they may fail, and some of those got in. */
    void publish() {
        boolean fails = random.nextInt(6) == 0;
        long lastSeq = Math.min(firstSeq + made.size() - 1, ackedSeq + 1 + random.nextInt(4));
        for (long seq = ackedSeq + 1; seq <= lastSeq; seq++) {
            if (!fails || random.nextBoolean()) {
                long offset = log.append(made.get((int) (seq - firstSeq)));
                if (!fails) {
                    offsets.put(seq, offset);
                    ackedSeq = seq;
                }
            }
        }
    }

    /** Sends headers of what is acknowledged; they may fail, and the first of those got in. */
    void publishHeaders() {
        boolean fails = random.nextInt(8) == 0;
        long lastSeq = Math.min(ackedSeq, headerAckedSeq + 1 + random.nextInt(6));
        for (long seq = headerAckedSeq + 1; seq <= lastSeq; seq++) {
            synchronized (headers) {
                headers.add(
                        new IndexedHeader(
                                made.get((int) (seq - firstSeq)).header(), offsets.get(seq)));
            }
            if (!fails) {
                headerAckedSeq = seq;
            } else if (random.nextBoolean()) {
                return;
            }
        }
    }
}
