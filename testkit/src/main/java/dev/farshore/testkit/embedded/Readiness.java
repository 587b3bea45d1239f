package dev.farshore.testkit.embedded;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Looks once whether a server serves requests: what is missing, or empty. */
public final class Readiness {
    private static final int PROBE_MILLIS = 2000;
    private static final Duration PROBE_LIMIT = Duration.ofMillis(PROBE_MILLIS);

    private Readiness() {}

    /**
     * @param address {@code host:port}
     */
    public static Optional<String> ofBroker(String address) throws InterruptedException {
        return ofBroker(address, Map.of());
    }

    /**
     * The same for a secured broker.
     *
     * @param clientProperties as whom to ask
     */
    static Optional<String> ofBroker(String address, Map<String, String> clientProperties)
            throws InterruptedException {
        URI place = URI.create("kafka://" + address);
        // An Admin client that asks too early spends its time backing off, so first a bare socket.
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(place.getHost(), place.getPort()), PROBE_MILLIS);
        } catch (IOException e) {
            return Optional.of("no connection");
        }
        Map<String, Object> settings = new HashMap<>(clientProperties);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PROBE_MILLIS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PROBE_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            boolean registered = !admin.describeCluster().nodes().get(5, SECONDS).isEmpty();
            return registered ? Optional.empty() : Optional.of("not registered yet");
        } catch (ExecutionException | TimeoutException e) {
            return Optional.of("it does not answer an Admin client yet");
        }
    }

    /**
     * @param url of Confluent's API
     */
    public static Optional<String> ofRegistry(String url) throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url + "/subjects")).timeout(PROBE_LIMIT).build();
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PROBE_LIMIT).build()) {
            int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return status == 200 ? Optional.empty() : Optional.of("it answers " + status);
        } catch (IOException e) {
            return Optional.of("no connection");
        }
    }
}
