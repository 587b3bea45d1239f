package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.latest.BatchedQuestion;
import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.WriteLog;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@link WriteLog} with consumers of its own, in no group. Each partition has its own, so that one
 * whose broker is away holds up no other.
 */
final class KafkaWriteLog implements WriteLog {
    /** After that it is asked again. */
    private static final Duration ASK_PATIENCE = Duration.ofSeconds(5);

    private static final int NO_RECORDS = 1;

    private final TopicPartition partition;
    private final RecordCache cache;
    private final RecordStream ends;
    private final BatchedQuestion end;
    private final OffsetFetcher fetcher;

    KafkaWriteLog(Map<String, Object> clientProperties, int partition, RecordCache cache) {
        this.partition = new TopicPartition(Topics.WRITES, partition);
        this.cache = cache;
        this.ends = new RecordStream(clientProperties, this.partition, NO_RECORDS);
        this.end =
                new BatchedQuestion("the end of " + this.partition, () -> ends.end(ASK_PATIENCE));
        this.fetcher = new OffsetFetcher(clientProperties, this.partition, cache);
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
        // In the order of the offsets: a tail is judged in the order of the log.
        Map<Long, CompletableFuture<Optional<LogRecord>>> answers = new LinkedHashMap<>();
        for (long offset : offsets) {
            LogRecord cached = cache.find(partition.partition(), offset);
            answers.put(
                    offset,
                    cached == null
                            ? fetcher.want(offset)
                            : CompletableFuture.completedFuture(Optional.of(cached)));
        }
        for (Map.Entry<Long, CompletableFuture<Optional<LogRecord>>> answer : answers.entrySet()) {
            visitor.visit(
                    answer.getKey(),
                    await(answer.getKey(), answer.getValue(), deadlineNanos).orElse(null));
        }
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
        ends.wakeUp();
        end.close();
        ends.close();
        fetcher.close();
    }
}
