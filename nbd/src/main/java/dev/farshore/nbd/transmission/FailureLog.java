package dev.farshore.nbd.transmission;

import dev.farshore.nbd.DeviceException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Logs failed requests of one connection, at most one a second: a broken disk under load fails tens
 * of thousands. Threading: any thread.
 */
final class FailureLog {
    private static final Logger log = LoggerFactory.getLogger(FailureLog.class);
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final String export;
    private final String client;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong unsaid = new AtomicLong();

    FailureLog(String export, String client) {
        this.export = export;
        this.client = client;
    }

    void failed(Request request, Throwable failure) {
        long nowNanos = System.nanoTime();
        long due = nextNanos.get();
        if (nowNanos - due < 0 || !nextNanos.compareAndSet(due, nowNanos + INTERVAL_NANOS)) {
            unsaid.incrementAndGet();
            return;
        }
        LoggingEventBuilder entry =
                log.atWarn()
                        .addKeyValue("export", export)
                        .addKeyValue("client", client)
                        .addKeyValue("request", request)
                        .addKeyValue("failuresUnsaid", unsaid.getAndSet(0));
        // The device says why it refuses; a stack trace would only hide that.
        if (failure instanceof DeviceException refused) {
            entry.addKeyValue("reason", refused.getMessage()).log("a request was refused");
        } else {
            entry.setCause(failure).log("a request failed");
        }
    }

    void completedTwice(Request request) {
        log.atError()
                .addKeyValue("export", export)
                .addKeyValue("client", client)
                .addKeyValue("request", request)
                .setCause(new IllegalStateException("completed before"))
                .log("a device completed a request twice");
    }
}
