package dev.farshore.apply.index;

/**
 * A range whose newest event in the log is not hardened at this site.
 *
 * @param offset first byte of the range
 * @param length its bytes
 * @param seq of the newest event
 * @param writesOffset of that event in the volume's partition of {@code farshore.writes}
 * @param eventOffset first byte of the event's own range: the payload of this range begins {@code
 *     offset - eventOffset} bytes into the event's
 * @param isZero whether the range reads as zeroes; then there is no payload to fetch
 */
public record DirtyExtent(
        long offset, long length, long seq, long writesOffset, long eventOffset, boolean isZero) {}
