package dev.farshore.apply.index;

/**
 * A range of a volume.
 *
 * @param offset its first byte
 * @param length its bytes
 */
public record BlockRange(long offset, long length) {}
