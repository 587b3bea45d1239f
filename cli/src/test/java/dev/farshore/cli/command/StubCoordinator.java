package dev.farshore.cli.command;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** Answers as a coordinator does; the last answer to a request is given again and again. */
final class StubCoordinator implements AutoCloseable {

    private record Answer(int status, String contentType, String body) {}

    private final HttpServer server;
    private final Map<String, Queue<Answer>> answers = new HashMap<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private int drops;

    StubCoordinator() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    StubCoordinator on(String request, int status, String body) {
        String contentType = status >= 400 ? "application/problem+json" : "application/json";
        return on(request, status, contentType, body);
    }

    synchronized StubCoordinator on(String request, int status, String contentType, String body) {
        answers.computeIfAbsent(request, _ -> new ArrayDeque<>())
                .add(new Answer(status, contentType, body));
        return this;
    }

    /** The next request gets no answer. */
    synchronized StubCoordinator dropNext() {
        drops++;
        return this;
    }

    /** The idempotency keys of what was asked. */
    synchronized List<String> keys() {
        return List.copyOf(keys);
    }

    /** What was asked, with the bodies. */
    synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add((request + " " + body).strip());
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        if (key != null) {
            keys.add(key);
        }
        if (drops > 0) {
            drops--;
            exchange.close();
            return;
        }
        Queue<Answer> queue = answers.getOrDefault(request, new ArrayDeque<>());
        Answer answer = queue.size() > 1 ? queue.remove() : queue.peek();
        if (answer == null) {
            answer = new Answer(501, "text/plain", "not stubbed: " + request);
        }
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
