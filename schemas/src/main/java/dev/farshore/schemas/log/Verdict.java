package dev.farshore.schemas.log;

/** What a reader does with an event, given what it has seen of the volume's log. */
public sealed interface Verdict {

    /** The event is the next one: apply it and continue from {@code after}. */
    record Next(LogCursor after) implements Verdict {}

    /** The event was seen before: ignore it. Resending is always safe. */
    record Duplicate() implements Verdict {}

    /** The event is not valid where it stands in the log: every reader ignores it. */
    record Fenced(String reason) implements Verdict {}

    /** Events are missing before this one: stop the volume, say so, never guess. */
    record Gap(long expectedSeq, long foundSeq) implements Verdict {}
}
