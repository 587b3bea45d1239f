package dev.farshore.apply.index;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.apply.index.spill.SpillException;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;

/**
 * Which blocks of one volume this site lacks. Headers tell of events, and the site's progress tells
 * what is hardened; the two may come in any order.
 *
 * <p>It knows of every event after {@code coveredFromSeq}. As long as the site's image has hardened
 * that far, the index is <i>complete</i>: what it does not call dirty is in the image. It is not
 * complete until the image has been heard of, when the site goes on with an image that is further
 * behind (a lost disk, another node), or when a header is missing.
 *
 * <p>Threading: one thread updates, any thread asks; the lock, which is not reentrant, guards
 * everything.
 */
public final class DirtyBlocks {
    private static final Logger LOG = LoggerFactory.getLogger(DirtyBlocks.class);

    /** Hardened events that are removed before readers get their turn. */
    private static final int EVENTS_PER_TURN = 256;

    private final String vvol;
    private final StampedLock stamped = new StampedLock();
    private final Lock reading = stamped.asReadLock();
    private final Lock writing = stamped.asWriteLock();

    private final VolumeMemory memory;
    private final VolumeIndex state;
    private final IndexLoss loss = new IndexLoss();

    /**
     * @param cursor before the first header that will come
     * @param gap why headers can't be followed; empty if they can
     */
    DirtyBlocks(String vvol, LogCursor cursor, String gap, IndexMemory memory) {
        this.vvol = vvol;
        this.state = new VolumeIndex(vvol, cursor, gap);
        this.memory = new VolumeMemory(memory);
    }

    public String vvol() {
        return vvol;
    }

    // ---- updates ----

    /**
     * Takes the next header of the volume in its partition.
     *
     * @return whether the event it speaks of is known now
     */
    boolean onHeader(IndexedHeader event, long headersOffset) {
        writing.lock();
        try {
            return !isLost() && state.onHeader(event, headersOffset);
        } catch (SpillException e) {
            lose(e, headersOffset);
            return false;
        } finally {
            memory.update(state);
            writing.unlock();
        }
    }

    /**
     * The cursor of an index that is to begin anew at {@code header} in place of this one, which
     * lacks headers before it; empty if this one can go on.
     */
    Optional<LogCursor> beginningAnewAt(EventHeader header) {
        return ask(
                () ->
                        state.isToBeginAnewAt(header)
                                ? Optional.of(state.beginningAt(header))
                                : Optional.empty());
    }

    private void change(Runnable action) {
        writing.lock();
        try {
            action.run();
        } catch (SpillException e) {
            lose(e, Long.MAX_VALUE);
        } finally {
            memory.update(state);
            writing.unlock();
        }
    }

    /** No header can be trusted from here on. */
    void stop(String reason) {
        change(() -> state.breakOff(reason));
    }

    /** The site's image has hardened the events up to {@code seq}. */
    void onHardened(long seq) {
        boolean isDone = false;
        while (!isDone) {
            writing.lock();
            try {
                isDone = isLost() || state.onHardened(seq, EVENTS_PER_TURN);
                memory.makeRoom(state);
            } catch (SpillException e) {
                lose(e, Long.MAX_VALUE);
            } finally {
                memory.update(state);
                writing.unlock();
            }
        }
    }

    /** Every site's image has hardened the events up to {@code seq}. */
    void onHardenedEverywhere(long seq) {
        change(() -> state.onHardenedEverywhere(seq));
    }

    /** Nobody updates it any more. */
    void close() {
        writing.lock();
        try {
            loss.close();
            state.giveUp();
            memory.close();
        } finally {
            writing.unlock();
        }
    }

    // ---- memory ----

    /** What it takes of the heap, nearly. */
    long heapBytes() {
        return memory.heapBytes();
    }

    /** Moves what is not in use to disk, until {@code bytes} less are on the heap, or all is. */
    void spill(long bytes) {
        change(
                () -> {
                    if (!isLost()) {
                        memory.spill(state, bytes);
                    }
                });
    }

    /** Whether a part is lost; if a reader found it, this is where the updating thread learns. */
    private boolean isLost() {
        if (loss.isFound() && loss.resumePoint() == null) {
            lose(new SpillException(loss.reason()), Long.MAX_VALUE);
        }
        return loss.resumePoint() != null;
    }

    /**
     * Gives up the content of the index, but keeps from where it must be built again.
     *
     * @param headersOffset of a header that is not taken in; MAX_VALUE if there is none
     */
    private void lose(SpillException e, long headersOffset) {
        loss.find(e);
        LOG.atError()
                .setCause(e)
                .addKeyValue("vvol", vvol)
                .log("Index is given up until the next start");
        ResumePoint known = state.resumePoint();
        loss.resumeAt(
                new ResumePoint(known.cursor(), Math.min(known.headersOffset(), headersOffset)));
        state.giveUp();
        memory.dropPages();
    }

    // ---- questions ----

    private <T> T ask(Supplier<T> question) {
        reading.lock();
        try {
            return question.get();
        } finally {
            reading.unlock();
        }
    }

    /**
     * Whether every block that is not dirty is in the site's image. If not, nothing but the log
     * knows what is newest.
     */
    public boolean isComplete() {
        return ask(this::isCompleteLocked);
    }

    private boolean isCompleteLocked() {
        return !loss.isFound() && state.isComplete();
    }

    /** Whether a part of the range may be newer in the log than in the site's image. */
    public boolean isDirty(long offset, long length) {
        reading.lock();
        try {
            return !isCompleteLocked() || state.unhardened().intersects(offset, length);
        } catch (SpillException e) {
            loss.find(e);
            return true;
        } finally {
            reading.unlock();
        }
    }

    /**
     * The dirty parts of a range, in order.
     *
     * @throws SpillException if they can't be told, and the index is not complete any more
     */
    public List<DirtyExtent> extents(long offset, long length) {
        return extents(offset, length, Integer.MAX_VALUE);
    }

    /**
     * The first dirty parts of a range, in order.
     *
     * @param maxExtents at most so many
     * @throws SpillException as above
     */
    public List<DirtyExtent> extents(long offset, long length, int maxExtents) {
        return ask(() -> extentsLocked(offset, length, maxExtents));
    }

    private List<DirtyExtent> extentsLocked(long offset, long length, int maxExtents) {
        if (loss.isFound()) {
            throw new SpillException(loss.reason());
        }
        try {
            return state.unhardened().extents(offset, length, maxExtents);
        } catch (SpillException e) {
            loss.find(e);
            throw e;
        }
    }

    /**
     * What is known of a range, all of one moment.
     *
     * @throws SpillException as {@link #extents}
     */
    public IndexView view(long offset, long length) {
        return ask(() -> state.view(extentsLocked(offset, length, Integer.MAX_VALUE)));
    }

    /**
     * The parts of a range that any site's image lacks which has hardened the events up to {@code
     * seq}, as far as this site's headers go; parts that touch are one.
     *
     * @param maxRanges with that many, the rest of the range is left open
     * @return empty if it is not known
     */
    public Optional<List<BlockRange>> lackingAfter(
            long seq, long offset, long length, int maxRanges) {
        return ask(
                () ->
                        state.gap().isEmpty() && state.outOfSync().isKnownAfter(seq)
                                ? Optional.of(
                                        state.outOfSync()
                                                .writtenAfter(seq, offset, length, maxRanges))
                                : Optional.empty());
    }

    /** The newest event of the block at {@code offset}; empty if it is not dirty. */
    public Optional<DirtyExtent> newest(long offset) {
        return extents(offset, 1).stream().findFirst();
    }

    /**
     * The regions written after event {@code seq}, hardened here or not, in order. A region is at
     * least a megabyte, and larger for large volumes. Events up to {@link #heatKnownAfterSeq} are
     * not known.
     */
    public List<WrittenRegion> writtenAfter(long seq) {
        return ask(() -> state.heat().writtenAfter(seq));
    }

    /** The event after which {@link #writtenAfter} knows all: the first that this node heard of. */
    public long heatKnownAfterSeq() {
        return ask(state::heatKnownAfterSeq);
    }

    /** Bytes of all dirty blocks. */
    public long dirtyBytes() {
        return ask(() -> state.unhardened().bytes());
    }

    /** How many extents they are in; some are counted in parts. */
    public long extentCount() {
        return ask(() -> state.unhardened().extentCount());
    }

    /** The end of the volume's log, as far as the headers have come. */
    public LogCursor logEnd() {
        return ask(state::cursor);
    }

    /** The header at {@link #logEnd}; empty if none has come since the index was loaded. */
    public Optional<IndexedHeader> newestHeader() {
        return ask(state::newest);
    }

    /** What the site's image has hardened, as far as is known. */
    public long hardenedSeq() {
        return ask(state::hardenedSeq);
    }

    /** When the oldest event not hardened was captured, by the owner's clock; empty if none. */
    public OptionalLong oldestUnhardenedMicros() {
        return ask(() -> state.unhardened().oldestCaptureMicros());
    }

    /** Why headers can't be followed any more; empty if they can. */
    public String gap() {
        return ask(() -> state.gap().isEmpty() ? loss.reason() : state.gap());
    }

    // ---- what a restart needs, on the updating thread ----

    /** Why the log itself can't be followed; a restart does not help against that. */
    String gapInLog() {
        return state.gap();
    }

    /** From where headers must be read again. */
    ResumePoint resumePoint() {
        ResumePoint lostFrom = loss.resumePoint();
        return lostFrom != null ? lostFrom : state.resumePoint();
    }

    /**
     * Writes all that is known.
     *
     * @return false if a part of it is lost: what was written is of no use
     */
    boolean write(PackedWriter out) throws IOException {
        // Others change it too: who spills, and who tells the sites' progress.
        reading.lock();
        try {
            if (!loss.isFound()) {
                out.text(vvol);
                state.write(out);
            }
        } catch (SpillException e) {
            loss.find(e);
        } finally {
            reading.unlock();
        }
        return !loss.isFound();
    }

    /**
     * What {@link #write} wrote.
     *
     * @throws IOException if it makes no sense
     */
    static DirtyBlocks read(PackedReader in, IndexMemory memory) throws IOException {
        DirtyBlocks blocks = new DirtyBlocks(in.text(), LogCursor.START, "", memory);
        try {
            blocks.read(in);
        } catch (IOException | SpillException e) {
            blocks.close();
            throw e;
        }
        return blocks;
    }

    private void read(PackedReader in) throws IOException {
        writing.lock();
        try {
            state.read(in, () -> memory.makeRoom(state));
            memory.makeRoom(state);
        } finally {
            writing.unlock();
        }
    }
}
