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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Sends the operations of one volume, keeps them apart where they overlap, and sends again what a
 * lost connection left unanswered.
 *
 * <p>One thread ({@link #run}) decides and sends; answers come in on the connection's reader.
 * {@link #lock} guards what both touch and is never held while sending, so that answers can always
 * be taken in.
 */
final class VolumeDriver {
    private final WriteRecord record;
    private final OperationSource source;
    private final VolumeConnection connection;
    private final WorkloadTimeouts timeouts;
    private final LongSupplier nanoClock;
    private final Consumer<Difference> onDifference;
    private final VolumeStats stats = new VolumeStats();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final OperationSlots slots;
    private final FlushSequence flush;

    private boolean isStopping;
    private boolean isLastFlushDone;
    private @Nullable WorkloadException failure;
    private long lastAnswerNs;

    /** The sending thread's own. */
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
            WorkloadTimeouts timeouts,
            LongSupplier nanoClock,
            Consumer<Difference> onDifference) {
        this.record = volume.record();
        this.source = volume.source();
        this.timeouts = timeouts;
        this.nanoClock = nanoClock;
        this.onDifference = onDifference;
        // One slot more for flushes.
        connection =
                new VolumeConnection(
                        record.vvol(), volume.depth() + 1, endpoints, timeouts, stats, nanoClock);
        slots = new OperationSlots(volume.depth(), this::answered);
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
            connection.client();
            lastAnswerNs = nanoClock.getAsLong();
            while (step(startNs)) {
                // Each step decides anew.
            }
            connection.client().close();
        } catch (IOException e) {
            throw new WorkloadException("%s: %s".formatted(record.vvol(), e.getMessage()), e);
        } finally {
            connection.abort("given up");
        }
    }

    private boolean step(long startNs) throws IOException, WorkloadException, InterruptedException {
        switch (decide(startNs)) {
            case Step.Send(InFlightOperation request) -> {
                request.prepare(record);
                request.send(connection.client());
            }
            case Step.SendAgain(List<InFlightOperation> lost) -> {
                NbdClient again = connection.client();
                lost.forEach(request -> request.send(again));
            }
            case Step.FetchNext _ -> {
                next = source.next(nanoClock.getAsLong() - startNs);
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
            List<InFlightOperation> lost = slots.takeLost();
            if (!lost.isEmpty()) {
                return new Step.SendAgain(lost);
            }
            InFlightOperation flushing = flush.advance(slots.active(), nanoClock.getAsLong());
            if (flushing != null) {
                slots.add(flushing);
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
        if (!slots.isIdle() || flush.isUnderWay()) {
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
        long nowNs = nanoClock.getAsLong();
        long waitNs = timed.dueNs() - (nowNs - startNs);
        if (waitNs > 0) {
            awaitAnswer(waitNs);
            return new Step.Repeat();
        }
        InFlightOperation request = slots.take(timed.operation(), nowNs);
        if (request == null) {
            awaitAnswer(Long.MAX_VALUE);
            return new Step.Repeat();
        }
        next = null;
        return started(request);
    }

    private Step started(InFlightOperation request) {
        stats.sent(request.operation(), request.startedNs());
        return new Step.Send(request);
    }

    private void awaitAnswer(long timeoutNs) throws WorkloadException, InterruptedException {
        long silentNs = nanoClock.getAsLong() - lastAnswerNs;
        long answerTimeoutNs = timeouts.answer().toNanos();
        if (slots.isIdle()) {
            changed.await(timeoutNs, TimeUnit.NANOSECONDS);
            lastAnswerNs = nanoClock.getAsLong();
        } else if (silentNs > answerTimeoutNs) {
            throw new WorkloadException(
                    "%s: no answer for %.1f s, %d requests in flight, the oldest %s"
                            .formatted(
                                    record.vvol(),
                                    silentNs / 1e9,
                                    slots.active().size(),
                                    slots.active().getFirst().operation()),
                    null);
        } else {
            changed.await(Math.min(timeoutNs, answerTimeoutNs), TimeUnit.NANOSECONDS);
        }
    }

    /** On the connection's reader thread. */
    private void answered(InFlightOperation request, @Nullable IOException error) {
        switch (error) {
            case null -> succeeded(request);
            case ConnectionLostException _ -> lost(request);
            case NbdErrorException e when e.error() == NbdProtocol.ESHUTDOWN -> {
                connection.shutsDown();
                lost(request);
            }
            case IOException e ->
                    failed(
                            new WorkloadException(
                                    "%s: %s".formatted(record.vvol(), e.getMessage()), e));
        }
    }

    private void succeeded(InFlightOperation request) {
        long nowNs = nanoClock.getAsLong();
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
            if (flush.answered(request)) {
                slots.remove(request);
            } else {
                slots.release(request);
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
        Difference difference = read.wrongRead(record);
        if (difference != null) {
            stats.wrongRead();
            onDifference.accept(difference);
        }
    }
}
