package dev.farshore.capture.publish;

import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/** The events of a volume to publish: its journal, which keeps them until both topics have them. */
public interface EventSource {
    /** Newest event that may be published; less than any if none is held. */
    long lastSeq();

    /** Header of an event not yet acknowledged in both topics. */
    EventHeader header(long seq);

    /** Payload of such an event; empty where it has none. */
    ByteBuffer payload(long seq);
}
