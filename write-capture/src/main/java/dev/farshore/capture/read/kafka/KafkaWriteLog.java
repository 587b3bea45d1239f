package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.latest.CoalescedQuery;
import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.WriteLog;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@link WriteLog} that queries its end itself, and shares the lanes that fetch. */
final class KafkaWriteLog implements WriteLog {
    private final TopicPartition partition;
    private final RecordCache cache;
    private final FetchLanes lanes;
    private final CoalescedQuery end;

    KafkaWriteLog(int partition, RecordCache cache, FetchLanes lanes, LogEnds ends) {
        this.partition = new TopicPartition(Topics.WRITES, partition);
        this.cache = cache;
        this.lanes = lanes;
        this.end = new CoalescedQuery("the end of " + this.partition, () -> ends.ask(partition));
        lanes.open(partition);
    }

    @Override
    public long end(Duration patience) throws IOException {
        return end.ask(patience);
    }

    @Override
    public CompletableFuture<Long> endSoon() {
        return end.join();
    }

    @Override
    public Duration roundTrip() {
        return end.taken();
    }

    @Override
    public void fetch(long[] offsets, Duration patience, RecordVisitor visitor) throws IOException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        boolean[] cached = new boolean[offsets.length];
        List<CompletableFuture<Optional<LogRecord>>> answers = answers(offsets, cached);
        // In order of the offsets, because a tail is judged in the order of the log.
        for (int index = 0; index < offsets.length; index++) {
            visitor.visit(
                    offsets[index],
                    await(offsets[index], answers.get(index), deadlineNanos).orElse(null),
                    cached[index]);
        }
    }

    /**
     * @param isCached set where the cache has a record
     */
    private List<CompletableFuture<Optional<LogRecord>>> answers(
            long[] offsets, boolean[] isCached) {
        List<CompletableFuture<Optional<LogRecord>>> answers = new ArrayList<>(offsets.length);
        long[] missing = new long[offsets.length];
        int missed = 0;
        for (int index = 0; index < offsets.length; index++) {
            LogRecord cached = cache.find(partition.partition(), offsets[index]);
            answers.add(CompletableFuture.completedFuture(Optional.ofNullable(cached)));
            isCached[index] = cached != null;
            if (cached == null) {
                missing[missed++] = offsets[index];
            }
        }
        // All at once: how they are fetched depends on how many are close together.
        Iterator<CompletableFuture<Optional<LogRecord>>> fetched =
                lanes.request(partition.partition(), Arrays.copyOf(missing, missed)).iterator();
        answers.replaceAll(cached -> cached.join().isPresent() ? cached : fetched.next());
        return answers;
    }

    private Optional<LogRecord> await(
            long offset, CompletableFuture<Optional<LogRecord>> answer, long deadlineNanos)
            throws IOException {
        try {
            return answer.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "the record at offset %d of %s did not come in time: Kafka does not answer"
                            .formatted(offset, partition),
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(
                    "the record at offset %d of %s: %s".formatted(offset, partition, e.getCause()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a record was fetched", e);
        }
    }

    @Override
    public void close() {
        end.close();
        lanes.close(partition.partition());
    }
}
