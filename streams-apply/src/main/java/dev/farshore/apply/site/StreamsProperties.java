package dev.farshore.apply.site;

import dev.farshore.apply.assign.SiteTaskAssignor;
import dev.farshore.apply.topology.LostReports;
import dev.farshore.schemas.access.ConsumerGroups;

import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** What Kafka Streams is told, and why. */
final class StreamsProperties {
    private static final int MIB = 1 << 20;

    /** Longest wait for records; hardenings that end meanwhile are reported after it. */
    private static final long POLL_MILLIS = 10;

    /**
     * Records of one poll. {@link #FETCH_BYTES} bounds the memory, as Streams processes all of a
     * poll before the next. A poll has a fixed cost, so small records come by the thousand.
     */
    private static final int POLL_RECORDS = 4096;

    private static final int FETCH_PARTITION_BYTES = 4 * MIB;

    /** The first batch comes whole, however large. */
    private static final int SINGLE_RECORD_BYTES = 4096;

    /**
     * A fetch returns with this many bytes, or after {@link #FETCH_WAIT_MILLIS}. With Kafka's
     * default of one byte, each write of a volume would cost a round trip, on the cores that
     * acknowledge the next write.
     */
    private static final int FETCH_MIN_BYTES = 64 * 1024;

    /** What it may add to the lag, and to a flush in {@code remote} mode. */
    private static final int FETCH_WAIT_MILLIS = 10;

    private static final int FETCH_BYTES = 16 * MIB;

    /**
     * Lets the system size the receive buffer. Kafka's 64 KiB would limit a WAN to 1.6 MB/s at 40
     * ms, and nothing would arrive while the thread applies.
     */
    private static final int BUFFER_OF_THE_SYSTEM = -1;

    /** Partitions copied at once to nodes that are to take them over. */
    private static final int MAX_WARMUPS = 8;

    /** A node this far behind may take a partition over: nobody reads it until that is replayed. */
    private static final long ACCEPTABLE_LAG_RECORDS = 1000;

    /**
     * A report that Kafka has not taken after this time is made again ({@code LostReports}). Short,
     * as the stream thread waits for its reports before each commit, also at shutdown.
     */
    private static final int REPORT_DELIVERY_MILLIS = 15_000;

    private static final int REPORT_REQUEST_MILLIS = 5_000;

    /** Likewise for what the stream thread asks of Kafka. */
    private static final int API_MILLIS = 15_000;

    /**
     * How long Kafka may be away before Streams gives a task up: for ever. The task would only be
     * opened again at the same position.
     */
    private static final long TASK_TIMEOUT_MILLIS = Duration.ofDays(365).toMillis();

    private static final int PRESENCE_MILLIS = 5_000;

    private StreamsProperties() {}

    static String applicationId(String site) {
        return ConsumerGroups.ofSite(site);
    }

    static Properties of(SiteSettings settings, LostReports losses) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId(settings.site()));
        properties.put(StreamsConfig.CLIENT_ID_CONFIG, settings.node());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDirectory().toString());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threadCount());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbyReplicas());
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.commitInterval().toMillis());
        // Events are idempotent by their seq: a transaction would cost and give nothing.
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        properties.put(StreamsConfig.POLL_MS_CONFIG, POLL_MILLIS);
        properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, POLL_RECORDS);
        // Headers and progress may come in any order, so neither waits for the other.
        properties.put(
                StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);

        putConsumer(properties, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
        putConsumer(
                properties, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_PARTITION_BYTES);
        putConsumer(properties, ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        putConsumer(properties, ConsumerConfig.FETCH_MIN_BYTES_CONFIG, FETCH_MIN_BYTES);
        putConsumer(properties, ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MILLIS);
        putConsumer(properties, ConsumerConfig.RECEIVE_BUFFER_CONFIG, BUFFER_OF_THE_SYSTEM);
        putMainConsumer(
                properties,
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                (int) settings.sessionTimeout().toMillis());
        putMainConsumer(
                properties,
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                (int) Math.max(100, settings.sessionTimeout().toMillis() / 5));
        // A node that is restarted within the session keeps its volumes.
        putMainConsumer(properties, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.node());
        // Someone waits for progress: a flush in remote mode, a hand-over.
        putProducer(properties, ProducerConfig.LINGER_MS_CONFIG, 0);
        putProducer(properties, ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, REPORT_DELIVERY_MILLIS);
        putProducer(properties, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REPORT_REQUEST_MILLIS);
        putMainConsumer(properties, ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, API_MILLIS);
        properties.put(StreamsConfig.TASK_TIMEOUT_MS_CONFIG, TASK_TIMEOUT_MILLIS);
        properties.put(
                StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
                LostReports.Handler.class.getName());
        properties.put(LostReports.CONFIG, losses);

        properties.put(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, SiteTaskAssignor.class.getName());
        properties.put(
                StreamsConfig.clientTagPrefix(SiteTaskAssignor.NODE_TAG),
                SiteTaskAssignor.nodeTag(settings.node()));
        properties.put(StreamsConfig.MAX_WARMUP_REPLICAS_CONFIG, MAX_WARMUPS);
        properties.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, ACCEPTABLE_LAG_RECORDS);

        properties.putAll(settings.overrides());
        return properties;
    }

    /** For a client that asks one question. */
    static Map<String, Object> ofAdmin(SiteSettings settings) {
        Map<String, Object> properties = new HashMap<>();
        settings.overrides().forEach((key, value) -> putText(properties, key, value));
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, settings.node() + "-presence");
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PRESENCE_MILLIS);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PRESENCE_MILLIS);
        return properties;
    }

    /** Security and the like; not what only Kafka Streams knows. */
    private static void putText(Map<String, Object> properties, String key, Object value) {
        if (value instanceof String) {
            properties.put(key, value);
        }
    }

    /** For a consumer that is in no group. */
    static Map<String, Object> ofConsumer(SiteSettings settings) {
        Map<String, Object> properties = new HashMap<>();
        settings.overrides().forEach((key, value) -> putText(properties, key, value));
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.node() + "-repair");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_PARTITION_BYTES);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, BUFFER_OF_THE_SYSTEM);
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return properties;
    }

    /** The same for one that reads single records. */
    static Map<String, Object> ofComparer(SiteSettings settings) {
        Map<String, Object> properties = ofConsumer(settings);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.node() + "-compare");
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, SINGLE_RECORD_BYTES);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, MIB);
        return properties;
    }

    private static void putConsumer(Properties properties, String key, Object value) {
        properties.put(StreamsConfig.consumerPrefix(key), value);
    }

    private static void putProducer(Properties properties, String key, Object value) {
        properties.put(StreamsConfig.producerPrefix(key), value);
    }

    private static void putMainConsumer(Properties properties, String key, Object value) {
        properties.put(StreamsConfig.mainConsumerPrefix(key), value);
    }
}
