package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.kafka.PartitionRequests.Claim;
import dev.farshore.capture.read.latest.PayloadGoneException;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Makes one fetch after the other, over two streams: one makes small fetches for single records,
 * the other large ones.
 *
 * <p>Threading: a thread of its own, but {@link #wakeUp} from any.
 */
final class FetchLane {
    private static final Logger log = LoggerFactory.getLogger(FetchLane.class);

    private static final int SINGLE_FETCH_BYTES = 64 << 10;
    private static final int MANY_FETCH_BYTES = 1 << 20;

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(2);
    private static final Duration ASK_PATIENCE = Duration.ofSeconds(5);
    private static final long RETRY_MILLIS = 200;

    private final RecordStream.Factory streams;
    private final Work work;
    private final List<RecordStream> opened = new CopyOnWriteArrayList<>();
    private @Nullable RecordStream many;
    private volatile boolean isWoken;

    /** Where its fetches come from, and where their results go. */
    interface Work {
        /** Waits for the next; null to end. */
        @Nullable Claim take();

        /** The fetch takes longer than one poll. */
        void waits(Claim claim);

        /** These are all records that the log has from the claim's begin to the last of them. */
        void answered(Claim claim, List<ConsumerRecord<byte[], byte[]>> records, long takenNanos);

        void givenBack(Claim claim);

        /** There is nothing before {@code to}. */
        void refused(Claim claim, long to, PayloadGoneException why);
    }

    FetchLane(RecordStream.Factory streams, Work work) {
        this.streams = streams;
        this.work = work;
    }

    /**
     * Works until there is no more work.
     *
     * @param partition the one that is likely to be read first
     */
    void run(int partition) {
        try {
            RecordStream single = open(SINGLE_FETCH_BYTES);
            connect(single, partition);
            for (Claim claim = work.take(); claim != null; claim = work.take()) {
                fetch(single, claim);
            }
        } finally {
            opened.forEach(RecordStream::close);
        }
    }

    private RecordStream open(int fetchBytes) {
        RecordStream stream = streams.open(fetchBytes);
        opened.add(stream);
        if (isWoken) {
            stream.wakeUp();
        }
        return stream;
    }

    private RecordStream many() {
        RecordStream stream = many;
        if (stream == null) {
            stream = open(MANY_FETCH_BYTES);
            many = stream;
        }
        return stream;
    }

    /**
     * Over a long link, connecting takes longer than the fetches that other lanes make meanwhile.
     */
    private static void connect(RecordStream stream, int partition) {
        try {
            stream.begin(partition, CONNECT_PATIENCE);
        } catch (RuntimeException e) {
            log.atDebug().addKeyValue("partition", partition).setCause(e).log("connecting");
        }
    }

    /** The claim is always answered, refused or given back: else nobody would fetch it any more. */
    private void fetch(RecordStream single, Claim claim) {
        RecordStream stream = single;
        long startNanos = System.nanoTime();
        try {
            stream = claim.isMany() ? many() : single;
            List<ConsumerRecord<byte[], byte[]>> records =
                    stream.read(claim.partition(), claim.from());
            while (records.isEmpty()
                    && !isWoken
                    && System.nanoTime() - startNanos < claim.patienceNanos()) {
                work.waits(claim);
                records = stream.read(claim.partition(), claim.from());
            }
            if (records.isEmpty()) {
                work.givenBack(claim);
            } else {
                work.answered(claim, records, System.nanoTime() - startNanos);
            }
        } catch (OffsetOutOfRangeException e) {
            refuseWhatIsGone(stream, claim);
        } catch (RuntimeException e) {
            giveBack(claim, e, "reading records failed; it is tried again");
        } catch (Error e) {
            work.givenBack(claim);
            throw e;
        }
    }

    private void refuseWhatIsGone(RecordStream stream, Claim claim) {
        try {
            long begin = stream.begin(claim.partition(), ASK_PATIENCE);
            String reason =
                    "offset %d of partition %d of farshore.writes is not in the log any more, which begins at %d: the volume has to be seeded again here"
                            .formatted(claim.from(), claim.partition(), begin);
            // If it is not before the log's begin, it is past its end: the log was truncated, or
            // created anew.
            work.refused(
                    claim, Math.max(begin, claim.from() + 1), new PayloadGoneException(reason));
        } catch (RuntimeException e) {
            giveBack(claim, e, "asking where it begins; it is tried again");
        }
    }

    private void giveBack(Claim claim, RuntimeException e, String what) {
        if (!(e instanceof WakeupException || e instanceof InterruptException)) {
            log.atWarn()
                    .addKeyValue("partition", claim.partition())
                    .addKeyValue("offset", claim.from())
                    .setCause(e)
                    .log(what);
            pause();
        }
        work.givenBack(claim);
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Interrupts its waiting: there is no work any more. */
    void wakeUp() {
        isWoken = true;
        opened.forEach(RecordStream::wakeUp);
    }
}
