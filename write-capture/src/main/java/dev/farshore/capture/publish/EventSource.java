package dev.farshore.capture.publish;

import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/** A volume's events to publish, kept until both topics have them: its journal. */
public interface EventSource {
    /** Newest event there is. */
    long lastSeq();

    /** Header of an event not yet acknowledged in both topics. */
    EventHeader header(long seq);

    /** Payload of such an event; empty where it has none. */
    ByteBuffer payload(long seq);
}
