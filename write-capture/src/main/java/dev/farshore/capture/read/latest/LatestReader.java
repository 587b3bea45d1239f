package dev.farshore.capture.read.latest;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.observe.CaptureObserver.ReadSource;
import dev.farshore.capture.read.latest.BlockSourceFinder.Finding;
import dev.farshore.capture.read.latest.BlockSources.Run;
import dev.farshore.capture.read.latest.BlockSources.Source;
import dev.farshore.schemas.codec.ChecksumMismatchException;
import dev.farshore.schemas.codec.MalformedRecordException;
import dev.farshore.schemas.codec.PayloadChecksum;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads the newest data that the log has of a volume, at a site whose image may be far behind,
 * beside the applier.
 *
 * <p><b>What a read gives.</b> Every 4 KiB block as it was after one event P of the log, and
 * nothing of a later one; P is no earlier than the last event that was in the log when the read
 * began. A whole read is of one event, too, unless the applier changed parts of its range again and
 * again while it was read.
 *
 * <p><b>Why.</b> {@link BlockSourceFinder} says which sectors are to come from the image, standing
 * at event A, and which from events after A; together they are the volume after P. Payloads in the
 * log don't change. What comes from the image counts only if no event after A has begun to change
 * it until it was read; then it is that sector after A, and since no event between A and P touches
 * it (it would be the source), after P. Otherwise all is thrown away and found out anew. This holds
 * for an image that a crash left mixed, too: what is in it of events after A was in the log when
 * this read began, so that those events are the sources.
 *
 * <p>Threading: any thread; blocks.
 */
public final class LatestReader {

    /**
     * Records that one read fetches at a time: they are in memory together, up to half a MiB each.
     */
    private static final int FETCHED_TOGETHER = 64;

    /** Records that all reads of a node fetch at a time. */
    private static final int FETCHED_BY_ALL = 8 * FETCHED_TOGETHER;

    /** Fair, so that reads of one record don't keep a read of many waiting. */
    private static final Semaphore fetching = new Semaphore(FETCHED_BY_ALL, true);

    private static final byte[] ZEROES = new byte[1 << 16];

    private final String vvol;
    private final OpenImages images;
    private final WriteLog log;
    private final WriteEventCodec codec;
    private final Waits waits;
    private final CaptureObserver observer;
    private final BlockSourceFinder finder;

    /** Nobody measures. */
    public LatestReader(
            String vvol,
            int partition,
            Supplier<Optional<ReplicaImage>> images,
            LogIndex index,
            WriteLog log,
            WriteEventCodec codec,
            Waits waits) {
        this(vvol, partition, images, index, log, codec, waits, CaptureObserver.NONE);
    }

    /**
     * @param images the volume's image as it is open now
     * @param observer told where what is read comes from
     */
    public LatestReader(
            String vvol,
            int partition,
            Supplier<Optional<ReplicaImage>> images,
            LogIndex index,
            WriteLog log,
            WriteEventCodec codec,
            Waits waits,
            CaptureObserver observer) {
        this.vvol = vvol;
        this.images = new OpenImages(vvol, images);
        this.log = log;
        this.codec = codec;
        this.waits = waits;
        this.observer = observer;
        this.finder = new BlockSourceFinder(vvol, partition, index, log, codec);
    }

    /**
     * How long a read waits.
     *
     * @param forHeaders for headers that are on their way, before it reads the records themselves;
     *     two round trips come on top
     * @param forEverything for everything it needs, before it fails
     */
    public record Waits(Duration forHeaders, Duration forEverything) {
        /** Headers follow their events after about ten milliseconds. */
        private static final Duration HEADERS_DUE = Duration.ofMillis(25);

        public static Waits of(Duration forEverything) {
            return new Waits(HEADERS_DUE, forEverything);
        }
    }

    /**
     * Fills {@code into} with the newest data in the log.
     *
     * @param offset in whole sectors, as the length is
     * @throws PayloadGoneException if what the image lacks is not in the log any more
     */
    public void read(long offset, ByteBuffer into) throws IOException {
        long deadlineNanos = System.nanoTime() + waits.forEverything().toNanos();
        read(offset, into, log.end(waits.forEverything()), deadlineNanos);
    }

    /**
     * The same where it is known where the log ended at some moment after the read began.
     *
     * @param logEnd as {@link WriteLog#end} gives it
     */
    void read(long offset, ByteBuffer into, long logEnd) throws IOException {
        read(offset, into, logEnd, System.nanoTime() + waits.forEverything().toNanos());
    }

    /**
     * Reads without waiting, if all of it is in the image and that is known.
     *
     * @return whether it was read; if not, only the content of {@code into} may have changed
     */
    boolean readAtOnce(long offset, ByteBuffer into, long logEnd) throws IOException {
        ReplicaImage image = images.openNow().orElse(null);
        if (image == null
                || !(finder.find(image, logEnd, offset, into.remaining(), false, Duration.ZERO)
                                instanceof Finding.Found(BlockSources sources, long imageSeq)
                        && sources.isAllImage())) {
            return false;
        }
        int length = into.remaining();
        image.read(offset, into.slice());
        if (!image.isUntouchedSince(imageSeq, offset, length)) {
            return false;
        }
        into.position(into.limit());
        observer.latestRead(ReadSource.IMAGE, length);
        return true;
    }

    private void read(long offset, ByteBuffer into, long logEnd, long deadlineNanos)
            throws IOException {
        ConsistentRead.read(
                offset,
                into,
                waits.forEverything(),
                (from, part) -> tryRead(from, part, logEnd, deadlineNanos));
    }

    private boolean tryRead(long offset, ByteBuffer into, long logEnd, long deadlineNanos)
            throws IOException {
        ReplicaImage image = images.await(deadlineNanos);
        try {
            return tryRead(image, offset, into, logEnd, deadlineNanos);
        } catch (ClosedChannelException e) {
            OpenImages.pause();
            return false; // it is being opened anew, or by another
        }
    }

    private boolean tryRead(
            ReplicaImage image, long offset, ByteBuffer into, long logEnd, long deadlineNanos)
            throws IOException {
        Finding.Found found = find(image, logEnd, offset, into.remaining(), deadlineNanos);
        if (found == null) {
            return false;
        }
        List<Run> runs = found.sources().runs();
        EnumMap<ReadSource, Long> bytes = new EnumMap<>(ReadSource.class);
        readEvents(runs, offset, into, deadlineNanos, bytes);
        // The image last: the shorter the time until the check, the less has changed.
        for (Run run : runs) {
            if (run.source() == null) {
                image.read(run.offset(), part(into, offset, run));
                count(ReadSource.IMAGE, run, bytes);
            }
        }
        boolean isUntouched =
                runs.stream()
                        .filter(run -> run.source() == null)
                        .allMatch(
                                run ->
                                        image.isUntouchedSince(
                                                found.imageSeq(), run.offset(), run.length()));
        if (isUntouched) {
            bytes.forEach(observer::latestRead);
        }
        return isUntouched;
    }

    private static void count(ReadSource source, Run run, Map<ReadSource, Long> bytes) {
        bytes.merge(source, (long) run.length(), Long::sum);
    }

    /** Waits until enough is known; null if the image was opened anew meanwhile. */
    private Finding.@Nullable Found find(
            ReplicaImage image, long logEnd, long offset, int length, long deadlineNanos)
            throws IOException {
        long tailFromNanos =
                System.nanoTime()
                        + waits.forHeaders().plus(log.roundTrip().multipliedBy(2)).toNanos();
        while (true) {
            long nowNanos = System.nanoTime();
            Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - nowNanos));
            switch (finder.find(image, logEnd, offset, length, nowNanos >= tailFromNanos, left)) {
                case Finding.Found found -> {
                    return found;
                }
                case Finding.Missing(String why) -> {
                    if (nowNanos > deadlineNanos) {
                        throw new IOException(
                                "what the log has of %s is not known here after %d s: %s"
                                        .formatted(vvol, waits.forEverything().toSeconds(), why));
                    }
                }
            }
            OpenImages.pause();
            if (!images.isOpen(image)) {
                return null;
            }
        }
    }

    // ---- sectors that come from events ----

    private void readEvents(
            List<Run> runs,
            long offset,
            ByteBuffer into,
            long deadlineNanos,
            Map<ReadSource, Long> bytes)
            throws IOException {
        SortedMap<Long, List<Run>> toFetch = new TreeMap<>();
        for (Run run : runs) {
            Source source = run.source();
            if (source == null) {
                continue;
            }
            LogEvent event = source.event();
            if (source.isZero()) {
                fillWithZeroes(part(into, offset, run));
                count(ReadSource.ZEROES, run, bytes);
            } else if (event != null) {
                copy(event, run, part(into, offset, run));
                count(ReadSource.TAIL, run, bytes);
            } else {
                toFetch.computeIfAbsent(source.writesOffset(), at -> new ArrayList<>()).add(run);
            }
        }
        long[] offsets = toFetch.keySet().stream().mapToLong(Long::longValue).toArray();
        for (int from = 0; from < offsets.length; from += FETCHED_TOGETHER) {
            int to = Math.min(offsets.length, from + FETCHED_TOGETHER);
            fetch(
                    Arrays.copyOfRange(offsets, from, to),
                    toFetch,
                    offset,
                    into,
                    deadlineNanos,
                    bytes);
        }
    }

    private void fetch(
            long[] offsets,
            Map<Long, List<Run>> wanted,
            long offset,
            ByteBuffer into,
            long deadlineNanos,
            Map<ReadSource, Long> bytes)
            throws IOException {
        awaitTurn(offsets.length, deadlineNanos);
        try {
            log.fetch(
                    offsets,
                    Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime())),
                    (at, record, isCached) -> {
                        List<Run> runs = Objects.requireNonNull(wanted.get(at));
                        LogEvent event = event(at, record, runs.getFirst());
                        for (Run run : runs) {
                            copy(event, run, part(into, offset, run));
                            count(isCached ? ReadSource.CACHE : ReadSource.LOG, run, bytes);
                        }
                    });
        } finally {
            fetching.release(offsets.length);
        }
    }

    /** Waits no longer than the read itself may: another volume may be what holds the others up. */
    private void awaitTurn(int records, long deadlineNanos) throws IOException {
        try {
            long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
            if (!fetching.tryAcquire(records, leftNanos, TimeUnit.NANOSECONDS)) {
                throw new IOException(
                        "reading %s: other reads have waited for the log for too long"
                                .formatted(vvol));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("reading %s was interrupted".formatted(vvol));
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private LogEvent event(long at, @Nullable LogRecord record, Run run) throws IOException {
        long seq = Objects.requireNonNull(run.source()).seq();
        if (record == null) {
            throw new IOException(
                    "event %d of %s is not at offset %d of the log, where its header says"
                            .formatted(seq, vvol, at));
        }
        try {
            LogEvent event = codec.decode(record.value());
            if (!event.header().vvol().equals(vvol) || event.header().seq() != seq) {
                throw new IOException(
                        "at offset %d of the log is event %d of %s, not event %d of %s as its header says"
                                .formatted(
                                        at,
                                        event.header().seq(),
                                        event.header().vvol(),
                                        seq,
                                        vvol));
            }
            PayloadChecksum.verify(event);
            return event;
        } catch (MalformedRecordException | ChecksumMismatchException e) {
            throw new IOException(
                    "event %d of %s at offset %d of the log: %s"
                            .formatted(seq, vvol, at, e.getMessage()),
                    e);
        }
    }

    private static void copy(LogEvent event, Run run, ByteBuffer into) {
        Source source = Objects.requireNonNull(run.source());
        ByteBuffer payload = event.payload();
        into.put(
                0,
                payload,
                payload.position() + (int) (run.offset() - source.eventOffset()),
                run.length());
    }

    private static ByteBuffer part(ByteBuffer into, long offset, Run run) {
        return into.slice((int) (run.offset() - offset), run.length());
    }

    private static void fillWithZeroes(ByteBuffer into) {
        while (into.hasRemaining()) {
            into.put(ZEROES, 0, Math.min(ZEROES.length, into.remaining()));
        }
    }
}
