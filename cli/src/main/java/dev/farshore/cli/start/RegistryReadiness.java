package dev.farshore.cli.start;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Waits until a schema registry answers. */
public final class RegistryReadiness {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    private RegistryReadiness() {}

    /**
     * @param url of Confluent's API
     * @param limit how long to try
     * @param news told about waiting, a line at a time
     * @throws NotReachableException when it has not answered within {@code limit}
     */
    public static void await(URI url, Duration limit, Consumer<String> news)
            throws NotReachableException, InterruptedException {
        URI subjects = URI.create(url.toString().replaceAll("/+$", "") + "/subjects");
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_LIMIT).build()) {
            Readiness.await(
                    new Readiness.Target(
                            "The schema registry",
                            url.toString(),
                            "GET " + subjects,
                            "Check that a registry with Confluent's API runs there, and"
                                    + " registry.url in the configuration."),
                    limit,
                    () -> problem(http, subjects),
                    news);
        }
    }

    private static Optional<String> problem(HttpClient http, URI subjects)
            throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(subjects).timeout(ANSWER_LIMIT).build();
        try {
            int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return switch (status) {
                case 200 -> Optional.empty();
                case 404 ->
                        Optional.of(
                                "status 404: the path is not Confluent's API (Apicurio has it under"
                                        + " /apis/ccompat/v7)");
                default -> Optional.of("status " + status);
            };
        } catch (ConnectException e) {
            // The client gives it no message of its own.
            return Optional.of("no connection");
        } catch (IOException e) {
            return Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }
}
