package dev.farshore.schemas.log;

import java.util.ArrayList;
import java.util.List;

/**
 * What one reader makes of a log.
 *
 * @param accepted events that counted, in log order
 * @param cursor after the last of them
 * @param stoppedAtGap if it did not get to the end of the log
 * @param recordsRead up to the end, or to before the gap
 */
record Reading(
        List<EventHeader> accepted, LogCursor cursor, boolean stoppedAtGap, int recordsRead) {

    static Reading of(List<EventHeader> log) {
        return from(LogCursor.START, log);
    }

    static Reading from(LogCursor start, List<EventHeader> log) {
        List<EventHeader> accepted = new ArrayList<>();
        LogCursor cursor = start;
        for (int i = 0; i < log.size(); i++) {
            switch (cursor.judge(log.get(i))) {
                case Verdict.Next next -> {
                    accepted.add(log.get(i));
                    cursor = next.after();
                }
                case Verdict.Duplicate _ -> {}
                case Verdict.Fenced _ -> {}
                case Verdict.Gap _ -> {
                    return new Reading(accepted, cursor, true, i);
                }
            }
        }
        return new Reading(accepted, cursor, false, log.size());
    }
}
