package dev.farshore.testkit.workload;

import dev.farshore.nbd.NbdProtocol;
import dev.farshore.nbd.client.ConnectionLostException;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdErrorException;
import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Sends the operations of one volume, keeps them apart where they overlap, and sends again what a
 * lost connection left unanswered.
 *
 * <p>One thread ({@link #run}) decides and sends; answers come in on the connection's reader.
 * {@link #lock} guards what both touch and is never held while sending, so that answers can always
 * be taken in.
 */
final class VolumeDriver {
    private static final Duration SHUTDOWN_PAUSE = Duration.ofMillis(10);

    private final WriteRecord record;
    private final OperationSource source;
    private final Connector connector;
    private final WorkloadTimeouts patience;
    private final Consumer<Difference> onDifference;
    private final VolumeStats stats = new VolumeStats();
    private final int depth;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Sent and not answered, or lost and not sent again. */
    private final List<InFlightOperation> active = new ArrayList<>();

    private final Deque<InFlightOperation> free = new ArrayDeque<>();
    private final FlushSequence flush;

    /** The server answered that it will serve no more on this connection. */
    private volatile boolean isShutdown;

    private boolean isStopping;
    private boolean isLastFlushDone;
    private @Nullable WorkloadException failure;
    private long lastAnswerNs;

    /** The sending thread's own. */
    private @Nullable NbdClient client;

    private OperationSource.@Nullable Timed next;

    /** What the sending thread does next. */
    private sealed interface Step {
        record Send(InFlightOperation request) implements Step {}

        record SendAgain(List<InFlightOperation> lost) implements Step {}

        record FetchNext() implements Step {}

        record Repeat() implements Step {}

        record End() implements Step {}
    }

    VolumeDriver(
            Workload.Volume volume,
            VolumeEndpoints endpoints,
            WorkloadTimeouts patience,
            Consumer<Difference> onDifference) {
        this.record = volume.record();
        this.source = volume.source();
        this.depth = volume.depth();
        this.connector = new Connector(record.vvol(), endpoints, patience);
        this.patience = patience;
        this.onDifference = onDifference;
        for (int slot = 0; slot < depth; slot++) {
            free.add(new InFlightOperation(this::answered));
        }
        flush = new FlushSequence(record, new InFlightOperation(this::answered));
    }

    String vvol() {
        return record.vvol();
    }

    VolumeStats stats() {
        return stats;
    }

    /** Sends nothing new; what is in flight is awaited, and a last flush made. */
    void stop() {
        lock.lock();
        try {
            isStopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when stopped, or when the source has no more. */
    void run(long startNs) throws WorkloadException, InterruptedException {
        try (source) {
            client = connect();
            lastAnswerNs = System.nanoTime();
            while (step(startNs)) {
                // Each step decides anew.
            }
            connected().close();
        } catch (IOException e) {
            throw new WorkloadException("%s: %s".formatted(record.vvol(), e.getMessage()), e);
        } finally {
            if (client != null) {
                client.abort("given up");
            }
        }
    }

    private boolean step(long startNs) throws IOException, WorkloadException, InterruptedException {
        switch (decide(startNs)) {
            case Step.Send(InFlightOperation request) -> {
                request.prepare(record);
                request.send(connected());
            }
            case Step.SendAgain(List<InFlightOperation> lost) -> {
                NbdClient again = connected();
                lost.forEach(request -> request.send(again));
            }
            case Step.FetchNext _ -> {
                next = source.next(System.nanoTime() - startNs);
                if (next == null) {
                    stop();
                }
            }
            case Step.Repeat _ -> {}
            case Step.End _ -> {
                return false;
            }
        }
        return true;
    }

    private Step decide(long startNs) throws WorkloadException, InterruptedException {
        lock.lock();
        try {
            if (failure != null) {
                throw failure;
            }
            List<InFlightOperation> lost = takeLost();
            if (!lost.isEmpty()) {
                return new Step.SendAgain(lost);
            }
            InFlightOperation flushing = flush.advance(active, System.nanoTime());
            if (flushing != null) {
                return started(flushing);
            }
            if (isStopping) {
                return decideStopping();
            }
            if (next == null) {
                return new Step.FetchNext();
            }
            return decideNext(next, startNs);
        } finally {
            lock.unlock();
        }
    }

    private Step decideStopping() throws WorkloadException, InterruptedException {
        if (!active.isEmpty() || flush.isUnderWay()) {
            awaitAnswer(Long.MAX_VALUE);
            return new Step.Repeat();
        }
        if (isLastFlushDone) {
            return new Step.End();
        }
        isLastFlushDone = true;
        flush.request();
        return new Step.Repeat();
    }

    private Step decideNext(OperationSource.Timed timed, long startNs)
            throws WorkloadException, InterruptedException {
        if (timed.operation() instanceof Operation.Flush) {
            flush.request();
            next = null;
            return new Step.Repeat();
        }
        long nowNs = System.nanoTime();
        long waitNs = timed.dueNs() - (nowNs - startNs);
        if (waitNs > 0) {
            awaitAnswer(waitNs);
            return new Step.Repeat();
        }
        InFlightOperation request = free.peek();
        boolean isBlocked =
                active.stream().anyMatch(a -> a.operation().conflictsWith(timed.operation()));
        if (request == null || isBlocked) {
            awaitAnswer(Long.MAX_VALUE);
            return new Step.Repeat();
        }
        free.remove();
        request.assign(timed.operation(), nowNs);
        next = null;
        return started(request);
    }

    private Step started(InFlightOperation request) {
        active.add(request);
        stats.sent(request.operation(), request.startedNs());
        return new Step.Send(request);
    }

    private List<InFlightOperation> takeLost() {
        List<InFlightOperation> lost = active.stream().filter(request -> request.isLost).toList();
        lost.forEach(request -> request.isLost = false);
        return lost;
    }

    private void awaitAnswer(long timeoutNs) throws WorkloadException, InterruptedException {
        long silentNs = System.nanoTime() - lastAnswerNs;
        long patienceNs = patience.answer().toNanos();
        if (active.isEmpty()) {
            changed.await(timeoutNs, TimeUnit.NANOSECONDS);
            lastAnswerNs = System.nanoTime();
        } else if (silentNs > patienceNs) {
            throw new WorkloadException(
                    "%s: no answer for %.1f s, %d requests in flight, the oldest %s"
                            .formatted(
                                    record.vvol(),
                                    silentNs / 1e9,
                                    active.size(),
                                    active.getFirst().operation()),
                    null);
        } else {
            changed.await(Math.min(timeoutNs, patienceNs), TimeUnit.NANOSECONDS);
        }
    }

    private NbdClient connected() throws WorkloadException, InterruptedException {
        NbdClient current = client;
        if (current != null && takeShutdown()) {
            current.abort("dropped: the server is shutting down");
            // It may still accept connections: no reason to ask it in a tight loop.
            Thread.sleep(SHUTDOWN_PAUSE);
        }
        if (current == null || !current.isConnected()) {
            current = connect();
            client = current;
        }
        return current;
    }

    private boolean takeShutdown() {
        boolean taken = isShutdown;
        isShutdown = false;
        return taken;
    }

    private NbdClient connect() throws WorkloadException, InterruptedException {
        NbdClient connected = connector.connect(depth + 1);
        stats.connected();
        return connected;
    }

    /** On the connection's reader thread. */
    private void answered(InFlightOperation request, @Nullable IOException error) {
        switch (error) {
            case null -> succeeded(request);
            case ConnectionLostException _ -> lost(request);
            case NbdErrorException e when e.error() == NbdProtocol.ESHUTDOWN -> {
                isShutdown = true;
                lost(request);
            }
            case IOException e ->
                    failed(
                            new WorkloadException(
                                    "%s: %s".formatted(record.vvol(), e.getMessage()), e));
        }
    }

    private void succeeded(InFlightOperation request) {
        long nowNs = System.nanoTime();
        if (request.operation() instanceof Operation.Read) {
            verify(request);
        }
        RecordedWrite write = request.write();
        if (write != null) {
            // Before it leaves the active ones: what overlaps it may be sent after that.
            record.acknowledge(write);
        }
        lock.lock();
        try {
            active.remove(request);
            if (!flush.answered(request)) {
                free.add(request);
            }
            lastAnswerNs = nowNs;
            stats.completed(request.operation(), request.startedNs(), nowNs);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void lost(InFlightOperation request) {
        lock.lock();
        try {
            request.isLost = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void failed(WorkloadException why) {
        lock.lock();
        try {
            if (failure == null) {
                failure = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void verify(InFlightOperation read) {
        int wrong = read.firstWrongSector(record.volume());
        if (wrong >= 0) {
            stats.wrongRead();
            onDifference.accept(
                    new Difference(
                            record.vvol(),
                            "",
                            read.operation().start() + wrong * 512L,
                            read.describeExpected(wrong),
                            read.describeFound(wrong, record.volume()),
                            "READ through NBD"));
        }
    }
}
