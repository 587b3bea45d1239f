package dev.farshore.schemas.log;

import dev.farshore.schemas.event.EventKind;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

import java.util.ArrayList;
import java.util.List;

/**
 * Contents of a volume's log as writers without any discipline might leave them: races, resends,
 * late events, openings that came too late, holes. Every event is drawn relative to what a reader
 * has reached, so that most histories get far.
 */
final class Histories {
    static final List<String> SITES = List.of("a", "b", "c");

    private static final List<EventKind> KINDS =
            List.of(EventKind.WRITE, EventKind.ZERO, EventKind.TRIM, EventKind.FLUSH);

    private Histories() {}

    /**
     * One thing that a writer does next: how its event lies relative to the log.
     *
     * @param orderly whether it does what comes next in a log without faults
     */
    record Move(EventKind kind, int epochsAhead, int seqsAhead, String site, boolean orderly) {
        EventHeader event(LogCursor at) {
            if (!orderly) {
                return header(
                        Math.max(0, at.epoch() + epochsAhead), at.seq() + seqsAhead, kind, site);
            }
            return !at.open() || kind == EventKind.EPOCH_OPENED
                    ? header(at.epoch() + 1, at.seq() + 1, EventKind.EPOCH_OPENED, site)
                    : header(at.epoch(), at.seq() + 1, kind, "");
        }
    }

    static Arbitrary<List<EventHeader>> histories() {
        return moves().list().ofMaxSize(60).map(Histories::play);
    }

    private static Arbitrary<Move> moves() {
        Arbitrary<EventKind> kinds =
                Arbitraries.frequencyOf(
                        Tuple.of(8, Arbitraries.of(KINDS)),
                        Tuple.of(2, Arbitraries.just(EventKind.EPOCH_OPENED)),
                        Tuple.of(1, Arbitraries.just(EventKind.EPOCH_SEALED)));
        Arbitrary<Integer> epochsAhead =
                Arbitraries.frequency(
                        Tuple.of(8, 0),
                        Tuple.of(3, 1),
                        Tuple.of(1, 2),
                        Tuple.of(2, -1),
                        Tuple.of(1, -2));
        Arbitrary<Integer> seqsAhead =
                Arbitraries.frequency(
                        Tuple.of(20, 1),
                        Tuple.of(4, 0),
                        Tuple.of(2, -1),
                        Tuple.of(1, -5),
                        Tuple.of(1, 2),
                        Tuple.of(1, 4));
        return Combinators.combine(
                        kinds,
                        epochsAhead,
                        seqsAhead,
                        Arbitraries.of(SITES),
                        Arbitraries.frequency(Tuple.of(3, true), Tuple.of(1, false)))
                .as(Move::new);
    }

    private static List<EventHeader> play(List<Move> moves) {
        List<EventHeader> log = new ArrayList<>();
        LogCursor at = LogCursor.START;
        for (Move move : moves) {
            EventHeader event = move.event(at);
            log.add(event);
            if (at.judge(event) instanceof Verdict.Next next) {
                at = next.after();
            }
        }
        return List.copyOf(log);
    }

    static EventHeader header(int epoch, long seq, EventKind kind, String note) {
        return new EventHeader("vol", epoch, seq, seq * 10, kind, 0, 0, seq * 100, 0, 0, note);
    }
}
