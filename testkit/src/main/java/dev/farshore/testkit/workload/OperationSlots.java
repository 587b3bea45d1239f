package dev.farshore.testkit.workload;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The operations of a volume that are in flight, at most a fixed number.
 *
 * <p>Threading: guarded by the driver's lock.
 */
final class OperationSlots {
    /** Sent and not answered, or lost and not sent again. */
    private final List<InFlightOperation> active = new ArrayList<>();

    private final Deque<InFlightOperation> free = new ArrayDeque<>();

    OperationSlots(int depth, BiConsumer<InFlightOperation, @Nullable IOException> onAnswer) {
        for (int slot = 0; slot < depth; slot++) {
            free.add(new InFlightOperation(onAnswer));
        }
    }

    /** The oldest first. */
    List<InFlightOperation> active() {
        return Collections.unmodifiableList(active);
    }

    boolean isIdle() {
        return active.isEmpty();
    }

    /** Null if all slots are taken, or the operation conflicts with one in flight. */
    @Nullable InFlightOperation take(Operation operation, long nowNs) {
        InFlightOperation slot = free.peek();
        if (slot == null
                || active.stream().anyMatch(at -> at.operation().conflictsWith(operation))) {
            return null;
        }
        free.remove();
        slot.assign(operation, nowNs);
        active.add(slot);
        return slot;
    }

    /** A flush, which has a slot of its own, is in flight. */
    void add(InFlightOperation flush) {
        active.add(flush);
    }

    /** A flush was answered. */
    void remove(InFlightOperation flush) {
        active.remove(flush);
    }

    /** An operation was answered: its slot is free. */
    void release(InFlightOperation answered) {
        active.remove(answered);
        free.add(answered);
    }

    /** The operations whose connection ended before the answer; each is told once. */
    List<InFlightOperation> takeLost() {
        List<InFlightOperation> lost = active.stream().filter(at -> at.isLost).toList();
        lost.forEach(at -> at.isLost = false);
        return lost;
    }
}
