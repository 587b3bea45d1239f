package dev.farshore.process.start;

import dev.farshore.schemas.failure.Reason;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

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
     * @throws AuthenticationRefusedException if waiting would not help; at once
     */
    public static void await(
            String bootstrapServers,
            Map<String, String> clientProperties,
            Duration limit,
            Consumer<String> news)
            throws IOException, InterruptedException {
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
            throws AuthenticationRefusedException, InterruptedException {
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
            throws AuthenticationRefusedException, InterruptedException {
        Map<String, Object> settings = new HashMap<>(clientProperties);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            return admin.describeCluster().nodes().get().isEmpty()
                    ? Optional.of("the cluster has no broker yet")
                    : Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthenticationException refusal) {
                throw refused(bootstrapServers, refusal);
            }
            return Optional.of("connected, but: " + e.getCause());
        } catch (KafkaException e) {
            // Nobody was asked yet: a file that is not there, a wrong password of a store.
            throw new AuthenticationRefusedException(
                    "kafka.properties in the configuration can't be used: %s.".formatted(said(e)),
                    e);
        }
    }

    private static AuthenticationRefusedException refused(
            String bootstrapServers, AuthenticationException refusal) {
        String message =
                refusal instanceof SslAuthenticationException
                        ? "No TLS connection with Kafka at %s: %s. Check that ssl.truststore.* in"
                                + " kafka.properties has the authority that signed the brokers'"
                                + " certificates, and ssl.keystore.* a certificate that the brokers"
                                + " accept, if they ask for one."
                        : "Kafka at %s refuses the login: %s. Check sasl.* in kafka.properties.";
        return new AuthenticationRefusedException(
                message.formatted(bootstrapServers, said(refusal)), refusal);
    }

    /** What its causes say, from the outside in; without those that only repeat the next one. */
    private static String said(Throwable thrown) {
        List<String> said = new ArrayList<>();
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            String reason = Reason.of(at).strip().replaceFirst("\\.$", "");
            said.removeIf(outer -> outer.contains(reason));
            said.add(reason);
        }
        return String.join(": ", said);
    }
}
