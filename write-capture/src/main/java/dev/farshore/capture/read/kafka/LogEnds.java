package dev.farshore.capture.read.kafka;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Asks the partitions' leaders where their logs end, one round trip each. One client for all, which
 * may have any number of queries under way: a leader that is away holds up only its own.
 *
 * <p>Threading: any thread.
 */
final class LogEnds implements AutoCloseable {
    /** Timeout of a query; the caller asks again. */
    private static final int PATIENCE_MILLIS = 5000;

    private static final Duration CLOSING = Duration.ofSeconds(1);

    private final Map<String, Object> config;

    /** Made with the first query. */
    private @Nullable Admin admin;

    private boolean isClosed;

    LogEnds(Map<String, Object> clientProperties) {
        config = new HashMap<>(clientProperties);
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        config.put(
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                ReaderSettings.RECONNECT_MAX_MILLIS);
    }

    /** Where a partition ended at some moment between the call and the answer. */
    CompletableFuture<Long> ask(int partition) {
        TopicPartition at = new TopicPartition(Topics.WRITES, partition);
        return admin().listOffsets(
                        Map.of(at, OffsetSpec.latest()),
                        new ListOffsetsOptions().timeoutMs(PATIENCE_MILLIS))
                .partitionResult(at)
                .thenApply(ListOffsetsResultInfo::offset)
                .toCompletionStage()
                .toCompletableFuture();
    }

    private synchronized Admin admin() {
        if (isClosed) {
            throw new IllegalStateException("closed");
        }
        Admin opened = admin;
        if (opened == null) {
            opened = Admin.create(config);
            admin = opened;
        }
        return opened;
    }

    /** Fails queries under way. */
    @Override
    public synchronized void close() {
        isClosed = true;
        if (admin != null) {
            admin.close(CLOSING);
        }
    }
}
