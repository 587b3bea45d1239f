package dev.farshore.apply.index.pending;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;

/** A {@link LogCursor} in a snapshot. */
public final class CursorCodec {
    private CursorCodec() {}

    public static void write(PackedWriter out, LogCursor cursor) throws IOException {
        out.number(cursor.epoch());
        out.text(cursor.owner());
        out.number(cursor.open() ? 1 : 0);
        out.number(cursor.seq());
        out.number(cursor.vmSeq());
        out.number(cursor.totalBytes());
    }

    public static LogCursor read(PackedReader in) throws IOException {
        return new LogCursor(
                (int) in.number(),
                in.text(),
                in.number() != 0,
                in.number(),
                in.number(),
                in.number());
    }
}
