package dev.farshore.capture.journal;

import dev.farshore.schemas.log.EventHeader;

import org.jspecify.annotations.Nullable;

/**
 * The newest headers, as they were appended, for the publisher that follows close behind.
 * Threading: one writer, any readers. A racing reader sees one or another of these immutable
 * objects, and its seq says which.
 */
final class RecentHeaders {
    private static final int HEADERS = 1024;

    private final @Nullable EventHeader[] headers = new EventHeader[HEADERS];

    void add(EventHeader header) {
        headers[slot(header.seq())] = header;
    }

    /** Null when it is not among the newest any more. */
    @Nullable EventHeader find(long seq) {
        EventHeader header = headers[slot(seq)];
        return header != null && header.seq() == seq ? header : null;
    }

    private static int slot(long seq) {
        return (int) seq & (HEADERS - 1);
    }
}
