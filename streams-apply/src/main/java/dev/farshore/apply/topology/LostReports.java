package dev.farshore.apply.topology;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Progress reports that Kafka did not take in time. A report states the present, so it can be made
 * again. Kafka Streams by itself would call the task corrupted, forget how far its images are, and
 * read the whole log again.
 *
 * <p>Threading: any thread.
 */
public final class LostReports {
    /** Setting of Kafka Streams: where {@link Handler} notes losses. */
    public static final String CONFIG = "farshore.report.losses";

    private static final Logger LOG = LoggerFactory.getLogger(LostReports.class);

    private final Set<String> lost = ConcurrentHashMap.newKeySet();

    /** Whether the report under {@code key} was lost since this was asked last. */
    boolean take(String key) {
        return !lost.isEmpty() && lost.remove(key);
    }

    void add(String key) {
        if (lost.add(key)) {
            LOG.atDebug().addKeyValue("key", key).log("A progress report is made again");
        }
    }

    /** Kafka Streams makes it from the setting {@code production.exception.handler}. */
    public static final class Handler implements ProductionExceptionHandler {
        private LostReports losses = new LostReports();

        /** For Kafka Streams. */
        public Handler() {}

        @Override
        public void configure(Map<String, ?> settings) {
            if (settings.get(CONFIG) instanceof LostReports configured) {
                losses = configured;
            }
        }

        @Override
        public Response handleError(
                ErrorHandlerContext context,
                ProducerRecord<byte[], byte[]> report,
                Exception failure) {
            if (!(failure instanceof RetriableException)) {
                return Response.fail();
            }
            losses.add(new String(report.key(), StandardCharsets.UTF_8));
            return Response.resume();
        }
    }
}
