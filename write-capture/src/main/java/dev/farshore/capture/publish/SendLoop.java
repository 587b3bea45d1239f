package dev.farshore.capture.publish;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Lets lanes send with one producer: in turns, each a quantum of events, and every few milliseconds
 * the headers of what has been acknowledged. Threading: the publisher's thread.
 */
final class SendLoop {
    private static final int QUANTUM_BYTES = 256 * 1024;
    private static final Duration IDLE_PATIENCE = Duration.ofMillis(100);

    /**
     * Headers wait this long for others: they are small, and one by one they would cost the broker
     * as many requests as the events do. It delays an index by as much, and nobody's write or
     * flush.
     */
    private static final Duration HEADER_INTERVAL = Duration.ofMillis(2);

    private final ProducerSession session;
    private final SendQueue<Lane> queue;
    private final ThrottleWatch throttle;
    private final Consumer<Lane> whenClosed;

    /** Lanes with events sent and headers not. */
    private final Set<Lane> owing = new HashSet<>();

    /** Lanes that nobody else wakes: a record is refused, or the producer's buffer is scarce. */
    private final Set<Lane> waiting = new HashSet<>();

    /**
     * @param whenClosed told of a closed lane
     */
    SendLoop(
            ProducerSession session,
            SendQueue<Lane> queue,
            ThrottleWatch throttle,
            Consumer<Lane> whenClosed) {
        this.session = session;
        this.queue = queue;
        this.throttle = throttle;
        this.whenClosed = whenClosed;
    }

    /** Goes on until the producer has failed, or {@code stopped}. */
    void run(BooleanSupplier stopped) throws InterruptedException {
        long headersSentNanos = System.nanoTime();
        boolean hasBacklog = false;
        while (!stopped.getAsBoolean() && !session.isOver()) {
            boolean isResting = owing.isEmpty() && waiting.isEmpty();
            Lane lane = queue.next(isResting ? IDLE_PATIENCE : HEADER_INTERVAL, hasBacklog);
            if (lane != null) {
                hasBacklog = sendEvents(lane);
            }
            long nowNanos = System.nanoTime();
            if (nowNanos - headersSentNanos >= HEADER_INTERVAL.toNanos()) {
                headersSentNanos = nowNanos;
                owing.removeIf(debtor -> !debtor.sendHeaders(session));
                wakeThoseThatHaveWaited();
                throttle.look(session.gauges(), nowNanos);
            }
        }
    }

    /**
     * @return whether it has more to send at once
     */
    private boolean sendEvents(Lane lane) {
        LaneTurn turn = lane.sendEvents(session, QUANTUM_BYTES);
        switch (turn) {
            case MORE -> lane.wake();
            case WAITING -> waiting.add(lane);
            case DONE -> {}
            case CLOSED -> whenClosed.accept(lane);
        }
        if (lane.owesHeaders()) {
            owing.add(lane);
        }
        return turn == LaneTurn.MORE;
    }

    private void wakeThoseThatHaveWaited() {
        waiting.removeIf(
                lane -> {
                    boolean isOver = !lane.isWaiting();
                    if (isOver) {
                        lane.wake();
                    }
                    return isOver;
                });
    }
}
