package dev.farshore.nbd.handshake;

/** Which headers the two sides have agreed on for transmission. */
public enum ReplyStyle {
    /** Nothing was negotiated: simple replies only. */
    SIMPLE,
    /** Chunked replies, errors with texts. */
    STRUCTURED,
    /** Requests and replies with lengths of 64 bits, every reply a chunk. */
    EXTENDED
}
