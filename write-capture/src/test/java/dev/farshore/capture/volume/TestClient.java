package dev.farshore.capture.volume;

import dev.farshore.nbd.Exports;

import java.util.concurrent.CompletableFuture;

/** A client that remembers why it was sent away. */
class TestClient implements Exports.Client {
    final CompletableFuture<String> disconnected = new CompletableFuture<>();

    private final boolean isOnThisHost;

    /** One that may be on any host. */
    TestClient() {
        this(false);
    }

    TestClient(boolean isOnThisHost) {
        this.isOnThisHost = isOnThisHost;
    }

    @Override
    public boolean isOnThisHost() {
        return isOnThisHost;
    }

    @Override
    public String address() {
        return "test";
    }

    @Override
    public void disconnect(String reason) {
        disconnected.complete(reason);
    }
}
