package dev.farshore.capture.volume;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.SeedMark;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A site's images in memory, applied from the log whenever somebody looks. */
final class SimulatedSite implements LocalImages {
    private final FlakyBroker broker;
    private final WriteEventCodec events;
    private final WriteHeaderCodec headers;
    private final Map<String, MemoryImage> images = new HashMap<>();
    private final Map<String, LogCursor> headerCursors = new HashMap<>();
    private final Map<String, IndexedHeader> newestHeaders = new HashMap<>();
    private int read;

    /** Set by tests of sites with several nodes. */
    volatile boolean isKeptHere = true;

    /** Partitions that are kept here all the same. */
    volatile Set<Integer> stillKept = Set.of();

    /** What is wrong with its images. */
    volatile String fault = "";

    @Override
    public Optional<String> fault(String vvol) {
        return fault.isEmpty() ? Optional.empty() : Optional.of(fault);
    }

    /** Whether this node has images at all; as a copy it may have some that it does not keep. */
    volatile boolean hasImages = true;

    /** Whether what was in the log at the node's start is in its images. */
    volatile boolean isCaughtUp = true;

    /** Set by tests of a node whose appliers have died: its images stay as they are. */
    volatile boolean isStopped;

    /** The node that says it keeps everything, and its images. */
    volatile Optional<Other> other = Optional.empty();

    record Other(String node, SimulatedSite images) {}

    SimulatedSite(FlakyBroker broker, WriteEventCodec events, WriteHeaderCodec headers) {
        this.broker = broker;
        this.events = events;
        this.headers = headers;
    }

    private final Map<Thread, Integer> imageLooks = new ConcurrentHashMap<>();

    /** How often a thread looked for an image. */
    int imageLooksOf(Thread thread) {
        return imageLooks.getOrDefault(thread, 0);
    }

    /** How often anybody did: a volume does at each of its steps. */
    int imageLooks() {
        return imageLooks.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public synchronized Optional<LocalImage> find(String vvol) {
        follow();
        imageLooks.merge(Thread.currentThread(), 1, Integer::sum);
        return hasImages ? Optional.ofNullable(images.get(vvol)) : Optional.empty();
    }

    /** How often somebody looked whether the headers have come. */
    final AtomicInteger headerLooks = new AtomicInteger();

    /** Set by tests of headers that come late. */
    volatile boolean areHeadersLate;

    @Override
    public synchronized LogCursor headersEnd(String vvol) {
        follow();
        headerLooks.incrementAndGet();
        return areHeadersLate ? LogCursor.START : headerCursors.getOrDefault(vvol, LogCursor.START);
    }

    @Override
    public synchronized Optional<IndexedHeader> newestHeader(String vvol) {
        follow();
        return Optional.ofNullable(newestHeaders.get(vvol));
    }

    @Override
    public boolean isKeptHere(int partition) {
        return isKeptHere || stillKept.contains(partition);
    }

    @Override
    public boolean isCaughtUp(int partition) {
        return isCaughtUp;
    }

    @Override
    public Optional<KeptBy> keptBy(String vvol, String site) {
        return other.flatMap(
                there ->
                        there.images()
                                .find(vvol)
                                .map(
                                        image ->
                                                new KeptBy(
                                                        there.node(),
                                                        "nbd://" + there.node() + "/" + vvol,
                                                        image.applied())));
    }

    /** As {@link LogScan} says, with places in the broker's log for offsets. */
    LogCursor scan(String vvol, int partition, long startedOffset, Consumer<EventHeader> visitor) {
        List<ProducerRecord<byte[], byte[]>> log = broker.log();
        EventHeader started = events.decode(log.get((int) startedOffset).value()).header();
        LogCursor cursor = LogCursor.beginningAt(started);
        for (ProducerRecord<byte[], byte[]> record :
                log.subList((int) startedOffset + 1, log.size())) {
            if (record.topic().equals(Topics.WRITES)) {
                EventHeader event = events.decode(record.value()).header();
                if (event.vvol().equals(vvol)
                        && cursor.judge(event) instanceof Verdict.Next(LogCursor after)) {
                    cursor = after;
                    visitor.accept(event);
                }
            }
        }
        return cursor;
    }

    private synchronized void follow() {
        if (isStopped) {
            return;
        }
        List<ProducerRecord<byte[], byte[]>> log = broker.log();
        for (; read < log.size(); read++) {
            ProducerRecord<byte[], byte[]> record = log.get(read);
            if (record.topic().equals(Topics.HEADERS)) {
                IndexedHeader indexed = headers.decode(record.value());
                EventHeader header = indexed.header();
                LogCursor cursor = headerCursors.getOrDefault(header.vvol(), LogCursor.START);
                if (cursor.judge(header) instanceof Verdict.Next next) {
                    headerCursors.put(header.vvol(), next.after());
                    newestHeaders.put(header.vvol(), indexed);
                }
            } else {
                LogEvent event = events.decode(record.value());
                images.computeIfAbsent(event.header().vvol(), name -> new MemoryImage())
                        .offer(event, read);
            }
        }
    }

    /** Set by tests of seeds: a site that needs one. */
    volatile String siteInNeed = "";

    @Override
    public Optional<String> siteInNeedOfSeed(String vvol, SeedMark newest) {
        return siteInNeed.isEmpty() || newest.id() > 0 ? Optional.empty() : Optional.of(siteInNeed);
    }

    private final class MemoryImage implements LocalImage {
        private LogCursor cursor = LogCursor.START;
        private long offset = -1;
        private SeedMark seed = SeedMark.NONE;
        private byte[] bytes = new byte[0];

        private void offer(LogEvent event, int writesOffset) {
            if (!(cursor.judge(event.header()) instanceof Verdict.Next next)) {
                return;
            }
            EventHeader header = event.header();
            if (header.kind() == EventKind.EPOCH_OPENED || header.kind() == EventKind.RESIZE) {
                bytes = Arrays.copyOf(bytes, (int) header.length());
            } else if (header.kind() == EventKind.WRITE) {
                event.payload()
                        .duplicate()
                        .get(bytes, (int) header.offset(), (int) header.length());
            } else if (header.kind() == EventKind.TRIM || header.kind() == EventKind.ZERO) {
                Arrays.fill(
                        bytes,
                        (int) header.offset(),
                        (int) (header.offset() + header.length()),
                        (byte) 0);
            }
            cursor = next.after();
            offset = writesOffset;
            seed = seed.after(header, offset);
        }

        @Override
        public SeedMark seed() {
            follow();
            synchronized (SimulatedSite.this) {
                return seed;
            }
        }

        @Override
        public LogCursor applied() {
            follow();
            synchronized (SimulatedSite.this) {
                return cursor;
            }
        }

        @Override
        public LogPosition position() {
            follow();
            synchronized (SimulatedSite.this) {
                return new LogPosition(cursor, offset);
            }
        }

        @Override
        public long sizeBytes() {
            follow();
            synchronized (SimulatedSite.this) {
                return bytes.length;
            }
        }

        @Override
        public long hardenedSeq() {
            return applied().seq();
        }

        @Override
        public void read(long offset, ByteBuffer into) {
            synchronized (SimulatedSite.this) {
                int inside = (int) Math.min(into.remaining(), Math.max(0, bytes.length - offset));
                into.put(bytes, (int) offset, inside);
                into.put(new byte[into.remaining()]);
            }
        }
    }
}
