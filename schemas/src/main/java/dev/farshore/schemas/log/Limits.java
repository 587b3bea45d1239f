package dev.farshore.schemas.log;

/** What is allowed to be how large: encoder, topics and producers follow the same numbers. */
public final class Limits {

    /** Payload of one event. A larger guest write becomes several events. */
    public static final int MAX_EVENT_PAYLOAD_BYTES = 512 * 1024;

    /** UTF-8 bytes of a virtual volume's name, which is repeated in each event. */
    public static final int MAX_VVOL_NAME_BYTES = 255;

    /** UTF-8 bytes of an event's note (bookmark's name, site). */
    public static final int MAX_NOTE_BYTES = 4096;

    /**
     * Largest batch of records a broker takes, and so the largest request a producer may make:
     * {@code max.message.bytes} of the topics, {@code max.request.size} of producers. It holds an
     * event with 1 MiB of payload, so that {@link #MAX_EVENT_PAYLOAD_BYTES} can be doubled while
     * nodes of both kinds run, with room for names and Kafka's own framing.
     */
    public static final int MAX_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024;

    private Limits() {}
}
