package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.pressure.FullJournal;
import dev.farshore.capture.publish.Lane;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when writes begin to wait for room in the journal, and when that is over. */
final class FullJournalReport {
    private static final Logger log = LoggerFactory.getLogger(FullJournalReport.class);

    private final Journal journal;
    private final Lane lane;
    private final FullJournal full;

    FullJournalReport(Journal journal, Lane lane, FullJournal full) {
        this.journal = journal;
        this.lane = lane;
        this.full = full;
    }

    void update(long appliedSeq, long nowNanos) {
        switch (full.news(nowNanos)) {
            case null -> {}
            case FullJournal.News.Began began ->
                    log.atWarn()
                            .addKeyValue("vvol", journal.vvol())
                            .addKeyValue("journalBytes", journal.capacityBytes())
                            .addKeyValue("oldestSeq", journal.firstSeq())
                            .addKeyValue("newestSeq", journal.lastSeq())
                            .addKeyValue("publishedSeq", lane.headerAckedSeq())
                            .addKeyValue("appliedSeq", appliedSeq)
                            .log("journal is full and writes wait: {}", whyFull(appliedSeq));
            case FullJournal.News.Ended(long lastedNanos, long waitedNanos) ->
                    log.atInfo()
                            .addKeyValue("vvol", journal.vvol())
                            .addKeyValue("lastedMillis", lastedNanos / 1_000_000)
                            .addKeyValue("waitedMillis", waitedNanos / 1_000_000)
                            .log("journal has room again");
        }
    }

    private String whyFull(long appliedSeq) {
        return lane.headerAckedSeq() <= appliedSeq
                ? "Kafka has not acknowledged more"
                : "the local image has not applied more";
    }
}
