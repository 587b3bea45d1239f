package dev.farshore.schemas.log;

/**
 * A header and where its event lies.
 *
 * @param writesOffset offset of the event in the same partition of {@code farshore.writes}
 */
public record IndexedHeader(EventHeader header, long writesOffset) {}
