package dev.farshore.schemas.log;

import dev.farshore.schemas.event.EventKind;

import java.util.ArrayList;
import java.util.List;

/**
 * A node that keeps the rules for writers in {@link LogCursor}, as slow and forgetful as the
 * simulation wants: it reads the log late, learns late that it was replaced, and sends again what
 * it has sent.
 */
final class SimulatedWriter {
    private final String site;
    private final List<EventHeader> log;

    private LogCursor cursor = LogCursor.START;
    private int recordsRead;

    /** Epoch it may write in; 0 if none. */
    private int epoch;

    /** Next seq of its epoch: it does not wait for its events to come back. */
    private long nextSeq;

    /** What it has sent in its epoch, from the opening on. */
    private final List<EventHeader> sent = new ArrayList<>();

    /** Where its own opening lies, until it has read it back. */
    private int unconfirmedOpeningAt = -1;

    private boolean sealed;

    SimulatedWriter(String site, List<EventHeader> log) {
        this.site = site;
        this.log = log;
    }

    void readOne() {
        if (recordsRead == log.size()) {
            return;
        }
        EventHeader event = log.get(recordsRead);
        Verdict verdict = cursor.judge(event);
        if (verdict instanceof Verdict.Gap gap) {
            throw new AssertionError(site + " found a gap: " + gap + " in " + log);
        }
        boolean accepted = verdict instanceof Verdict.Next;
        if (verdict instanceof Verdict.Next next) {
            cursor = next.after();
        }
        if (recordsRead == unconfirmedOpeningAt) {
            unconfirmedOpeningAt = -1;
            if (accepted) {
                epoch = event.epoch();
                nextSeq = event.seq() + 1;
                sent.clear();
                sent.add(event);
                sealed = false;
            }
        } else if (accepted && event.epoch() > epoch) {
            epoch = 0;
        }
        recordsRead++;
    }

    void readAll() {
        while (recordsRead < log.size()) {
            readOne();
        }
    }

    /** Opens the epoch after the one it knows of, at the end of what it has read. */
    void open(int epochsAhead) {
        if (unconfirmedOpeningAt < 0 && epoch == 0) {
            unconfirmedOpeningAt = log.size();
            log.add(
                    Histories.header(
                            cursor.epoch() + epochsAhead,
                            cursor.seq() + 1,
                            EventKind.EPOCH_OPENED,
                            site));
        }
    }

    void write(EventKind kind) {
        if (epoch != 0 && !sealed) {
            EventHeader event = Histories.header(epoch, nextSeq++, kind, "");
            sent.add(event);
            log.add(event);
            sealed = kind == EventKind.EPOCH_SEALED;
        }
    }

    /** Sends the newest {@code count} events again, in order. */
    void resend(int count) {
        if (epoch != 0) {
            log.addAll(List.copyOf(sent.subList(Math.max(0, sent.size() - count), sent.size())));
        }
    }
}
