package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Sha256;

import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * One go at publishing a volume's events with one producer: from the oldest not acknowledged, in
 * order, until the producer fails or a record is refused.
 *
 * <p>Threading: the publisher's thread sends; the producer's acknowledges and refuses.
 */
final class Attempt {
    private final RecordTarget target;
    private final EventSource source;
    private final LaneProgress progress;
    private final Refusals refusals;
    private final ProducerSession session;
    private final Runnable wake;
    private final int number;
    private final Acknowledgements eventAcks;
    private final Acknowledgements headerAcks;

    /**
     * Begins it.
     *
     * @param wake run when there may be something to send that could not be sent before
     */
    Attempt(
            RecordTarget target,
            EventSource source,
            LaneProgress progress,
            Refusals refusals,
            ProducerSession session,
            Runnable wake) {
        this.target = target;
        this.source = source;
        this.progress = progress;
        this.refusals = refusals;
        this.session = session;
        this.wake = wake;
        this.number = progress.begin();
        this.eventAcks = new Acknowledgements(session, target.writes(), new EventListener());
        this.headerAcks = new Acknowledgements(session, target.headers(), new HeaderListener());
    }

    /** Whether it goes on with that producer. */
    boolean isCurrent(ProducerSession with) {
        return session == with && progress.isCurrent(number);
    }

    /** Sends up to {@code quantumBytes} of events. */
    LaneTurn sendEvents(int quantumBytes) {
        try {
            return sendEventsUpTo(quantumBytes);
        } catch (KafkaException e) {
            throw e; // the producer's
        } catch (RuntimeException e) {
            refused(false, e); // what a journal or an event can't give is this lane's problem
            return LaneTurn.WAITING;
        }
    }

    private LaneTurn sendEventsUpTo(int quantumBytes) {
        int sentBytes = 0;
        while (sentBytes < quantumBytes) {
            long seq = progress.nextToSendSeq();
            if (seq > source.lastSeq()) {
                return LaneTurn.DONE;
            }
            if (refusals.isAny()) {
                if (!progress.isNothingInFlight()) {
                    return LaneTurn.DONE; // one record at a time
                }
            } else if (!hasBufferRoom()) {
                return LaneTurn.WAITING;
            } else if (progress.isWindowFull()) {
                return LaneTurn.DONE; // an acknowledgement wakes it
            }
            if (!eventAcks.isNextAllowed(wake)) {
                return LaneTurn.DONE;
            }
            sentBytes += sendEvent(seq);
        }
        return LaneTurn.MORE;
    }

    private boolean hasBufferRoom() {
        ProducerGauges gauges = session.gauges();
        return gauges.isHalfFree() || (!progress.isSmallWindowFull() && !gauges.isNearlyFull());
    }

    private int sendEvent(long seq) {
        try {
            EventHeader header = source.header(seq);
            byte[] value = session.encode(header, source.payload(seq));
            progress.sending(seq, value.length, payloadHash(header, value));
            session.send(target.event(value), eventAcks);
            return value.length;
        } catch (RuntimeException | InternalError e) {
            eventAcks.notSent();
            throw e;
        }
    }

    private @Nullable Sha256 payloadHash(EventHeader header, byte[] value) {
        return progress.isChained()
                ? session.hashes()
                        .hash(
                                value,
                                WriteEventCodec.payloadOffset(value, header),
                                header.payloadBytes())
                : null;
    }

    /**
     * Sends the headers of what has been acknowledged since the last time.
     *
     * @param heldFromSeq the first event whose header is not to be sent
     */
    void sendHeaders(long heldFromSeq) {
        try {
            while (progress.nextHeaderSeq() <= progress.ackedSeq()
                    && progress.nextHeaderSeq() < heldFromSeq
                    && !session.gauges().isNearlyFull()
                    && headerAcks.isNextAllowed(wake)) {
                sendHeader(progress.nextHeaderSeq());
            }
        } catch (KafkaException e) {
            throw e; // the producer's
        } catch (RuntimeException e) {
            refused(true, e);
        }
    }

    private void sendHeader(long seq) {
        EventHeader header;
        try {
            header = source.header(seq);
        } catch (RuntimeException | InternalError e) {
            headerAcks.notSent();
            throw e;
        }
        long offset = progress.offsetOf(seq);
        ChainLink link = progress.sendingHeader(header, session.hashes());
        session.send(target.header(session.encode(header, offset, link)), headerAcks);
    }

    /** Whether events have been sent whose headers have not. */
    boolean owesHeaders(long heldFromSeq) {
        return progress.isCurrent(number)
                && progress.nextHeaderSeq() < Math.min(progress.nextToSendSeq(), heldFromSeq);
    }

    /**
     * The next record to be acknowledged, or one behind it, can't get into its topic. Others that
     * are under way may; they come again behind it, and readers ignore what they have seen.
     */
    private void refused(boolean isHeader, Throwable error) {
        if (!progress.isCurrent(number)) {
            return;
        }
        long acked = isHeader ? progress.headerAckedSeq() : progress.ackedSeq();
        // In this order: who sees that the attempt has ended has to see why, and wait.
        refusals.refused(acked + 1, isHeader, error);
        progress.end(number);
        wake.run();
    }

    private final class EventListener implements Acknowledgements.Listener {
        @Override
        public boolean acknowledged(long offset) {
            boolean wasRefused = refusals.isAny();
            return switch (progress.eventAcknowledged(number, offset)) {
                case TOO_LATE -> true;
                case UNEXPECTED -> false;
                case COUNTED -> {
                    if (wasRefused) {
                        goOn();
                    }
                    yield true;
                }
                case COUNTED_AND_WINDOW_OPENED -> {
                    goOn();
                    yield true;
                }
            };
        }

        private void goOn() {
            refusals.taken(progress.ackedSeq(), false);
            wake.run();
        }

        @Override
        public void refused(Exception error) {
            Attempt.this.refused(false, error);
        }
    }

    private final class HeaderListener implements Acknowledgements.Listener {
        @Override
        public boolean acknowledged(long offset) {
            return switch (progress.headerAcknowledged(number)) {
                case TOO_LATE -> true;
                case UNEXPECTED -> false;
                case COUNTED, COUNTED_AND_WINDOW_OPENED -> {
                    if (refusals.taken(progress.headerAckedSeq(), true)) {
                        wake.run(); // events need not be sent one at a time any more
                    }
                    yield true;
                }
            };
        }

        @Override
        public void refused(Exception error) {
            Attempt.this.refused(true, error);
        }
    }
}
