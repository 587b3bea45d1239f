package dev.farshore.testkit.verify;

import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.WriteRecord;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A guest, its server and the volume's log, one random step at a time: writes are logged at any
 * moment between being sent and being acknowledged, sometimes twice, in any order; so are flushes.
 * Keeps its own account of what each flush guarantees, apart from the record's.
 */
final class SimulatedGuest {
    static final long SIZE_BYTES = 64 << 10;
    private static final int MAX_IN_FLIGHT = 6;
    private static final int MAX_SECTORS = 8;

    /** An event of the log. */
    sealed interface Entry {}

    record Written(RecordedWrite write) implements Entry {}

    /**
     * @param guaranteed numbers of the writes acknowledged before the flush's marker was sent
     */
    record Flushed(Flush flush, Set<Integer> guaranteed) implements Entry {}

    /** Of one flush, however often it is logged. */
    static final class Flush {
        /** Newest write sent when it was acknowledged; 0 until then. */
        int newestIssued;
    }

    private static final class Pending {
        final RecordedWrite write;
        boolean isLogged;

        Pending(RecordedWrite write) {
            this.write = write;
        }
    }

    final WriteRecord record = new WriteRecord("db-data", 1, SIZE_BYTES);
    final List<Entry> log = new ArrayList<>();

    private final Random random;
    private final List<Pending> pending = new ArrayList<>();
    private final Set<Integer> acknowledged = new HashSet<>();

    private @Nullable RecordedWrite marker;
    private boolean isFlushing;
    private boolean isFlushLogged;
    private Flush flush = new Flush();
    private Set<Integer> guaranteed = Set.of();

    SimulatedGuest(Random random) {
        this.random = random;
    }

    void step() {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> send();
            case 3, 4, 5 -> logOne();
            case 6, 7, 8 -> acknowledgeOne();
            default -> advanceFlush();
        }
    }

    private void send() {
        long sectors = SIZE_BYTES / 512 - 1;
        long count = random.nextInt(MAX_SECTORS) + 1;
        long first = random.nextLong(sectors - count);
        boolean isBlocked =
                pending.stream()
                        .anyMatch(
                                p ->
                                        p.write.offset() < (first + count) * 512
                                                && first * 512
                                                        < p.write.offset() + p.write.length());
        if (pending.size() < MAX_IN_FLIGHT && !isBlocked) {
            pending.add(
                    new Pending(record.begin(first * 512, count * 512, random.nextInt(5) == 0)));
        }
    }

    private void logOne() {
        if (isFlushing && random.nextInt(3) == 0) {
            isFlushLogged = true;
            log.add(new Flushed(flush, guaranteed));
        } else if (!pending.isEmpty()) {
            Pending one = pending.get(random.nextInt(pending.size()));
            // A second time is what a write sent again after a lost connection looks like.
            if (!one.isLogged || random.nextInt(5) == 0) {
                one.isLogged = true;
                log.add(new Written(one.write));
            }
        }
    }

    private void acknowledgeOne() {
        List<Pending> logged = pending.stream().filter(p -> p.isLogged).toList();
        if (!logged.isEmpty()) {
            Pending one = logged.get(random.nextInt(logged.size()));
            pending.remove(one);
            record.acknowledge(one.write);
            acknowledged.add(one.write.number());
        }
    }

    private void advanceFlush() {
        RecordedWrite current = marker;
        if (current == null) {
            guaranteed = Set.copyOf(acknowledged);
            flush = new Flush();
            RecordedWrite begun = record.beginFlush();
            marker = begun;
            pending.add(new Pending(begun));
        } else if (!isFlushing) {
            isFlushing = acknowledged.contains(current.number());
        } else if (isFlushLogged) {
            record.acknowledgeFlush(current);
            flush.newestIssued = record.issued();
            marker = null;
            isFlushing = false;
            isFlushLogged = false;
        }
    }
}
