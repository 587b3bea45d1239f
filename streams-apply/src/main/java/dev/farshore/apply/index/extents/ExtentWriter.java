package dev.farshore.apply.index.extents;

import dev.farshore.apply.index.packed.PackedWriter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Writes the extents it is shown, in order: {@code sectors · seq less the last one's · sectors
 * since the last one's end}, and zero sectors at the end. Pieces of one event that touch become
 * one.
 *
 * <p>Threading: none of its own.
 */
final class ExtentWriter implements ExtentMap.StoppingVisitor {
    private final PackedWriter out;
    private @Nullable IOException failure;
    private long start;
    private long end;
    private long seq;
    private long writtenEnd;
    private long writtenSeq;

    ExtentWriter(PackedWriter out) {
        this.out = out;
    }

    @Override
    public boolean visit(long pieceStart, long length, long pieceSeq) {
        if (pieceStart == end && pieceSeq == seq) {
            end += length;
            return true;
        }
        try {
            write();
        } catch (IOException e) {
            failure = e;
            return false;
        }
        start = pieceStart;
        end = pieceStart + length;
        seq = pieceSeq;
        return true;
    }

    private void write() throws IOException {
        if (end > start) {
            out.number(end - start);
            out.signed(seq - writtenSeq);
            out.number(start - writtenEnd);
            writtenEnd = end;
            writtenSeq = seq;
        }
    }

    /** All have been shown. */
    void finish() throws IOException {
        if (failure != null) {
            throw failure;
        }
        write();
        out.number(0);
        out.flush();
    }
}
