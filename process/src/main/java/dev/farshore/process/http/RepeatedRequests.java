package dev.farshore.process.http;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Carries a change out once, however often it is asked for. A client whose request got no answer
 * can't know whether it was carried out. It asks again with the same {@code Idempotency-Key} (IETF
 * draft of that name) and gets the answer to the first request.
 *
 * <p>Answers are kept in memory, the newest {@value #MOST} for ten minutes: another coordinator, or
 * this one after a restart, does not know them. An answer of 500 or more is not kept, so that the
 * request can be tried again.
 *
 * <p>Threading: any thread.
 */
final class RepeatedRequests {
    static final String KEY = "Idempotency-Key";
    static final String REPLAYED = "Idempotency-Replayed";

    private static final int MOST = 1000;
    private static final int LONGEST_KEY = 255;
    private static final int FIRST_SERVER_ERROR = 500;
    private static final long KEPT_NANOS = Duration.ofMinutes(10).toNanos();
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final String UNDERWAY = "farshore.underway";
    private static final Set<HandlerType> READING =
            Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);

    private final LongSupplier nanoTime;

    /** By key, the oldest first; guarded by this object's lock. */
    private final SequencedMap<String, Asked> asked = new LinkedHashMap<>();

    private record Answer(int status, @Nullable String contentType, @Nullable String body) {}

    /**
     * @param fingerprint of method, address and body
     * @param answer empty if it could not be given, and the request may be tried again
     */
    private record Asked(
            String key,
            String fingerprint,
            long askedNanos,
            CompletableFuture<Optional<Answer>> answer) {}

    RepeatedRequests(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Answers a request that was answered before; lets others through. */
    void before(Context request) throws InterruptedException {
        String key = request.header(KEY);
        if (key == null || READING.contains(request.method())) {
            return;
        }
        if (key.isBlank() || key.length() > LONGEST_KEY) {
            throw RefusedException.malformed(
                    "%s has to have 1 to %d characters".formatted(KEY, LONGEST_KEY));
        }
        Asked mine =
                new Asked(
                        key, fingerprint(request), nanoTime.getAsLong(), new CompletableFuture<>());
        while (true) {
            Asked first = remember(mine);
            if (first == mine) {
                request.attribute(UNDERWAY, mine);
                return;
            }
            if (!first.fingerprint().equals(mine.fingerprint())) {
                throw RefusedException.invalid(
                        KEY, "this %s was used for another request".formatted(KEY));
            }
            Optional<Answer> answer = await(first);
            if (answer.isPresent()) {
                replay(request, answer.get());
                return;
            }
        }
    }

    /** The request has been answered, or refused. */
    void after(Context response) {
        Asked underway = response.attribute(UNDERWAY);
        if (underway == null) {
            return;
        }
        if (response.statusCode() >= FIRST_SERVER_ERROR) {
            synchronized (this) {
                asked.remove(underway.key(), underway);
            }
            underway.answer().complete(Optional.empty());
        } else {
            underway.answer()
                    .complete(
                            Optional.of(
                                    new Answer(
                                            response.statusCode(),
                                            response.res().getContentType(),
                                            response.result())));
        }
    }

    /** Returns who asked first with this key. */
    private synchronized Asked remember(Asked mine) {
        while (!asked.isEmpty()
                && (asked.size() >= MOST
                        || mine.askedNanos() - asked.firstEntry().getValue().askedNanos()
                                > KEPT_NANOS)) {
            asked.pollFirstEntry();
        }
        Asked first = asked.putIfAbsent(mine.key(), mine);
        return first == null ? mine : first;
    }

    private static Optional<Answer> await(Asked first) throws InterruptedException {
        try {
            return first.answer().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw RefusedException.conflict(
                    "the first request with this %s is still being carried out".formatted(KEY));
        } catch (ExecutionException e) {
            throw new IllegalStateException("is completed by nobody with an exception", e);
        }
    }

    private static void replay(Context response, Answer answer) {
        response.status(answer.status()).header(REPLAYED, "true");
        if (answer.contentType() != null) {
            response.contentType(answer.contentType());
        }
        if (answer.body() != null) {
            response.result(answer.body());
        }
        response.skipRemainingHandlers();
    }

    private static String fingerprint(Context request) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String address =
                    request.method() + " " + request.path() + "?" + request.queryString() + "\n";
            digest.update(address.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(request.bodyAsBytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
