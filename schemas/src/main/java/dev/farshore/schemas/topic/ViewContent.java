package dev.farshore.schemas.topic;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * What a view holds and who is told about it. The reader's thread changes it and calls the
 * listeners; any thread reads.
 */
final class ViewContent<V> {
    private static final Logger log = LoggerFactory.getLogger(ViewContent.class);

    private final String topic;
    private final ConcurrentHashMap<String, V> values = new ConcurrentHashMap<>();

    private final ConcurrentLinkedQueue<CompactedView.Listener<V>> newcomers =
            new ConcurrentLinkedQueue<>();

    /** Only the reader's thread touches it. */
    private final List<CompactedView.Listener<V>> listeners = new ArrayList<>();

    /** Guards the three fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition advanced = lock.newCondition();
    private final Map<Integer, Long> nextOffsets = new HashMap<>();
    private boolean loaded;
    private @Nullable String problem;

    ViewContent(String topic) {
        this.topic = topic;
    }

    /** The topic was read to its end: only differences from what was known before are told. */
    void replaceAll(Map<String, V> all) {
        admit();
        TreeSet<String> keys = new TreeSet<>(values.keySet());
        keys.addAll(all.keySet());
        for (String key : keys) {
            V value = all.get(key);
            if (value == null) {
                change(key, null);
            } else if (!value.equals(values.get(key))) {
                change(key, value);
            }
        }
        lock.lock();
        try {
            loaded = true;
            problem = null;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void change(String key, @Nullable V value) {
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
        listeners.forEach(listener -> tell(listener, key, value));
    }

    /** Lets new listeners in, each with what is there. */
    void admit() {
        CompactedView.Listener<V> newcomer;
        while ((newcomer = newcomers.poll()) != null) {
            listeners.add(newcomer);
            for (String key : new TreeSet<>(values.keySet())) {
                tell(newcomer, key, values.get(key));
            }
        }
    }

    private void tell(CompactedView.Listener<V> listener, String key, @Nullable V value) {
        try {
            listener.changed(key, value);
        } catch (RuntimeException e) {
            // A failing listener must not end the view for the others.
            log.atError()
                    .addKeyValue("topic", topic)
                    .addKeyValue("key", key)
                    .setCause(e)
                    .log("a listener failed");
        }
    }

    void advanced(Map<Integer, Long> next) {
        lock.lock();
        try {
            nextOffsets.putAll(next);
            problem = null;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void troubled(String reason) {
        lock.lock();
        try {
            problem = reason;
        } finally {
            lock.unlock();
        }
    }

    void listen(CompactedView.Listener<V> listener) {
        newcomers.add(listener);
    }

    Optional<V> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    Map<String, V> snapshot() {
        return Map.copyOf(values);
    }

    void awaitLoaded(Duration atMost) throws InterruptedException {
        await("not read to its end", () -> loaded, atMost);
    }

    void awaitOffset(int partition, long offset, Duration atMost) throws InterruptedException {
        await(
                "partition %d not read to offset %d".formatted(partition, offset),
                () -> loaded && nextOffsets.getOrDefault(partition, 0L) > offset,
                atMost);
    }

    private void await(String otherwise, BooleanSupplier reached, Duration atMost)
            throws InterruptedException {
        long leftNanos = TimeUnit.NANOSECONDS.convert(atMost);
        lock.lock();
        try {
            while (!reached.getAsBoolean()) {
                if (leftNanos <= 0) {
                    throw new ViewBehindException(
                            "topic %s: %s after %d ms; %s"
                                    .formatted(
                                            topic,
                                            otherwise,
                                            atMost.toMillis(),
                                            problem == null ? "reading goes on" : problem));
                }
                leftNanos = advanced.awaitNanos(leftNanos);
            }
        } finally {
            lock.unlock();
        }
    }
}
