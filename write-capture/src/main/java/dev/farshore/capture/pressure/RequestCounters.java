package dev.farshore.capture.pressure;

import dev.farshore.nbd.RequestObserver.Operation;

import java.util.concurrent.atomic.LongAdder;

/** Requests to one volume that were answered since the node's start. Threading: any thread. */
public final class RequestCounters {
    private final LongAdder[] answered = new LongAdder[Operation.values().length];

    RequestCounters() {
        for (int operation = 0; operation < answered.length; operation++) {
            answered[operation] = new LongAdder();
        }
    }

    public void count(Operation operation) {
        answered[operation.ordinal()].increment();
    }

    public long answered(Operation operation) {
        return answered[operation.ordinal()].sum();
    }
}
