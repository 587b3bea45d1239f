package dev.farshore.schemas.registry;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A registry that has been reached, and the serdes that use it. Close it after them. */
public final class RegistryConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RegistryConnection.class);
    private static final int CACHED_SCHEMAS = 1000;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final int HTTP_TIMEOUT_MILLIS = 10_000;

    private final SchemaRegistryClient client;
    private final FarshoreSerdes serdes;

    private RegistryConnection(SchemaRegistryClient client, FarshoreSerdes serdes) {
        this.client = client;
        this.serdes = serdes;
    }

    /** Like {@link #open(String, Map, Duration)}, without authentication or TLS settings. */
    public static RegistryConnection open(String urls, Duration giveUpAfter)
            throws InterruptedException {
        return open(urls, Map.of(), giveUpAfter);
    }

    /**
     * Reaches the registry and registers the six schemas; while it does not answer, tries again and
     * says so in the log.
     *
     * @param urls one or more, separated by commas
     * @param config of Confluent's client, for authentication and TLS ({@code
     *     basic.auth.credentials.source}, {@code schema.registry.ssl.truststore.location} …)
     * @param giveUpAfter how long to go on trying
     * @throws RegistryUnreachableException if it did not answer in that time
     * @throws RegistryException if it answered and refused; at once
     */
    public static RegistryConnection open(String urls, Map<String, ?> config, Duration giveUpAfter)
            throws InterruptedException {
        Map<String, Object> settings = new HashMap<>();
        settings.put(
                SchemaRegistryClientConfig.CLIENT_NAMESPACE
                        + SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS,
                HTTP_TIMEOUT_MILLIS);
        settings.put(
                SchemaRegistryClientConfig.CLIENT_NAMESPACE
                        + SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS,
                HTTP_TIMEOUT_MILLIS);
        settings.putAll(config);
        SchemaRegistryClient client =
                new CachedSchemaRegistryClient(
                        Arrays.stream(urls.split(",")).map(String::strip).toList(),
                        CACHED_SCHEMAS,
                        settings);
        try {
            return new RegistryConnection(client, registerUntil(urls, client, giveUpAfter));
        } catch (InterruptedException | RuntimeException e) {
            closeAfter(e, client);
            throw e;
        }
    }

    private static FarshoreSerdes registerUntil(
            String urls, SchemaRegistryClient client, Duration giveUpAfter)
            throws InterruptedException {
        long startedNanos = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                FarshoreSerdes serdes = new FarshoreSerdes(client);
                log.atInfo()
                        .addKeyValue("registry", urls)
                        .addKeyValue("attempts", attempt)
                        .log("schemas registered");
                return serdes;
            } catch (RegistryUnreachableException e) {
                Duration left = giveUpAfter.minusNanos(System.nanoTime() - startedNanos);
                if (left.compareTo(pause) < 0) {
                    throw new RegistryUnreachableException(
                            "schema registry %s: not reached in %d tries over %d s (%s). Is the address right, and does it answer the Confluent API there?"
                                    .formatted(
                                            urls, attempt, giveUpAfter.toSeconds(), e.getMessage()),
                            e);
                }
                log.atWarn()
                        .addKeyValue("registry", urls)
                        .addKeyValue("attempt", attempt)
                        .addKeyValue("givingUpInSeconds", left.toSeconds())
                        .addKeyValue("reason", e.getMessage())
                        .log("schema registry not reached, trying again");
                Thread.sleep(pause);
                pause = longer(pause);
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    public FarshoreSerdes serdes() {
        return serdes;
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the schema registry client", e);
        }
    }

    private static void closeAfter(Exception failure, SchemaRegistryClient client) {
        try {
            client.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
