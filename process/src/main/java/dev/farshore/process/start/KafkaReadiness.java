package dev.farshore.process.start;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** Waits until a Kafka cluster answers. */
public final class KafkaReadiness {
    private static final int CONNECT_MILLIS = 2_000;
    private static final int ANSWER_MILLIS = 5_000;

    private KafkaReadiness() {}

    /**
     * @param bootstrapServers {@code host:port}, separated by commas
     * @param clientProperties for security and the like
     * @param limit how long to try
     * @param news told about waiting, a line at a time
     * @throws NotReachableException when it has not answered within {@code limit}
     */
    public static void await(
            String bootstrapServers,
            Map<String, String> clientProperties,
            Duration limit,
            Consumer<String> news)
            throws NotReachableException, InterruptedException {
        Readiness.await(
                new Readiness.Target(
                        "Kafka",
                        bootstrapServers,
                        "connect and ask for the cluster's brokers",
                        "Check that a broker runs there, that this host may connect to it, and"
                                + " kafka.bootstrapServers in the configuration."),
                limit,
                () -> problem(bootstrapServers, clientProperties),
                news);
    }

    private static Optional<String> problem(
            String bootstrapServers, Map<String, String> clientProperties)
            throws InterruptedException {
        // An Admin client says no more than that it timed out; a socket says why.
        List<String> unreachable = new ArrayList<>();
        boolean connected = false;
        for (String server : bootstrapServers.split(",", -1)) {
            Optional<String> problem = connectionProblem(server.strip());
            connected |= problem.isEmpty();
            problem.ifPresent(unreachable::add);
        }
        return connected
                ? clusterProblem(bootstrapServers, clientProperties)
                : Optional.of(String.join("; ", unreachable));
    }

    private static Optional<String> connectionProblem(String server) {
        int colon = server.lastIndexOf(':');
        String host = server.substring(0, colon);
        InetSocketAddress address =
                new InetSocketAddress(host, Integer.parseInt(server.substring(colon + 1)));
        if (address.isUnresolved()) {
            return Optional.of("the name " + host + " is unknown");
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_MILLIS);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(server + ": " + e.getMessage());
        }
    }

    private static Optional<String> clusterProblem(
            String bootstrapServers, Map<String, String> clientProperties)
            throws InterruptedException {
        Map<String, Object> settings = new HashMap<>(clientProperties);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            return admin.describeCluster().nodes().get().isEmpty()
                    ? Optional.of("the cluster has no broker yet")
                    : Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of("connected, but: " + e.getCause());
        } catch (KafkaException e) {
            return Optional.of(
                    "%s%s"
                            .formatted(
                                    e.getMessage(),
                                    e.getCause() == null ? "" : ": " + e.getCause().getMessage()));
        }
    }
}
