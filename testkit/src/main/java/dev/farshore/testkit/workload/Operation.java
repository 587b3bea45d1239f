package dev.farshore.testkit.workload;

/** What a guest asks of its disk. Offsets and lengths are whole sectors of 512 bytes. */
public sealed interface Operation {
    record Read(long offset, int length) implements Operation {}

    record Write(long offset, int length, boolean isFua) implements Operation {}

    /**
     * @param mayPunch whether the range may become a hole
     */
    record Zero(long offset, long length, boolean mayPunch) implements Operation {}

    record Trim(long offset, long length) implements Operation {}

    /** Makes stable every write asked for before it, also those still in flight. */
    record Flush() implements Operation {}

    /** First byte of the range; 0 where there is none. */
    default long start() {
        return switch (this) {
            case Read read -> read.offset;
            case Write write -> write.offset;
            case Zero zero -> zero.offset;
            case Trim trim -> trim.offset;
            case Flush _ -> 0;
        };
    }

    /** End of the range, exclusive; 0 where there is none. */
    default long end() {
        return switch (this) {
            case Read read -> read.offset + read.length;
            case Write write -> write.offset + write.length;
            case Zero zero -> zero.offset + zero.length;
            case Trim trim -> trim.offset + trim.length;
            case Flush _ -> 0;
        };
    }

    /** Whether the two may not be in flight together: they overlap, and one changes the range. */
    default boolean conflictsWith(Operation other) {
        return start() < other.end()
                && other.start() < end()
                && !(this instanceof Read && other instanceof Read);
    }
}
