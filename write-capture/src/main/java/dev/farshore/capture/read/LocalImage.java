package dev.farshore.capture.read;

import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** This site's image of a volume, as its applier keeps it. Threading: any thread. */
public interface LocalImage {
    /** The newest event applied; every event up to it is visible to {@link #read}. */
    LogCursor applied();

    /**
     * A place in the log, at one moment.
     *
     * @param writesOffset of the cursor's event in {@code farshore.writes}; -1 if it is not known
     */
    record LogPosition(LogCursor cursor, long writesOffset) {}

    /** {@link #applied} and where that is. */
    default LogPosition position() {
        return new LogPosition(applied(), -1);
    }

    /** Size of the volume after {@link #applied}. */
    long sizeBytes();

    /** The newest event that is on stable storage, together with the superblock that says so. */
    long hardenedSeq();

    /** The newest seed up to {@link #applied}. */
    default SeedMark seed() {
        return SeedMark.NONE;
    }

    /** The sparse file it is in; empty if it is in none. */
    default Optional<Path> file() {
        return Optional.empty();
    }

    /** Fills {@code into} from {@code offset}; never-written ranges read as zeroes. */
    void read(long offset, ByteBuffer into) throws IOException;

    /**
     * First byte from {@code from} on that may be data; {@code end} if everything before that reads
     * as zeroes and takes no space. Like {@link #read} it holds for the moment. An image that can't
     * tell says that everything is data.
     */
    default long nextData(long from, long end) throws IOException {
        return from;
    }

    /** First byte from {@code from} on that is not data; {@code end} if all before may be. */
    default long nextHole(long from, long end) throws IOException {
        return end;
    }
}
