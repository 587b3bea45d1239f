package dev.farshore.apply.index;

/**
 * A region of a volume, and when it was written last.
 *
 * @param offset of its first byte
 * @param length its bytes; it may reach beyond the end of the volume
 * @param seq of the newest event that wrote into it
 * @param captureMicros when that event was captured, by its owner's clock
 */
public record WrittenRegion(long offset, long length, long seq, long captureMicros) {}
