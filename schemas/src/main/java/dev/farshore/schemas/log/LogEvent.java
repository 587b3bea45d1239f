package dev.farshore.schemas.log;

import java.nio.ByteBuffer;

/**
 * An event with its payload.
 *
 * @param payload from position to limit; empty where the kind has none. It may share memory with
 *     the record it was read from: whoever keeps it longer than the record copies it.
 */
public record LogEvent(EventHeader header, ByteBuffer payload) {}
