package dev.farshore.apply;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A volume as it should be, kept in the simplest way: its whole content after each of its events.
 * It also writes the log, as owners do that lose epochs, send again, and are fenced.
 */
public final class SimulatedVolume {
    public static final int SECTOR = 512;
    public static final int SECTORS = 64;

    public final String vvol;
    private final int sectors;
    private final Random random;
    private LogWriter writer;
    private LogWriter staleWriter;
    private final List<LogEvent> sent = new ArrayList<>();
    private boolean isSealed;

    /** Content after event i; the first is the volume that does not exist yet. */
    public final List<byte[]> states = new ArrayList<>(List.of(new byte[0]));

    /** Newest event of each sector after event i. */
    public final List<long[]> newest = new ArrayList<>();

    /** Epoch of event i. */
    public final List<Integer> epochs = new ArrayList<>(List.of(0));

    public LogCursor cursor = LogCursor.START;

    public SimulatedVolume(String vvol, Random random) {
        this(vvol, SECTORS, random);
    }

    public SimulatedVolume(String vvol, int sectors, Random random) {
        this.vvol = vvol;
        this.sectors = sectors;
        this.random = random;
        this.newest.add(new long[sectors]);
        this.writer = new LogWriter(vvol);
    }

    /** The next record some owner appends; it may count or not. */
    public LogEvent next() {
        if (sent.isEmpty()) {
            return send(writer.open(sectors * (long) SECTOR));
        }
        if (isSealed) {
            isSealed = false;
            return takeOver();
        }
        return switch (random.nextInt(20)) {
            case 0 -> sent.get(random.nextInt(sent.size()));
            case 1 -> sent.getLast();
            case 2 -> staleWriter == null ? write() : staleWriter.write(sector(), SECTOR);
            case 3 -> random.nextInt(4) == 0 ? takeOver() : send(writer.flush());
            case 4 -> send(writer.trim(sector(), SECTOR));
            case 5 -> send(writer.zero(0, (1 + random.nextInt(sectors)) * (long) SECTOR));
            case 6 -> send(writer.flush());
            case 7 -> random.nextInt(4) == 0 ? seal() : write();
            default -> write();
        };
    }

    /** Writes of the owner, if there is one who has not ended its epoch. */
    public List<LogEvent> nextWrites(int count) {
        List<LogEvent> writes = new ArrayList<>();
        while (!sent.isEmpty() && !isSealed && writes.size() < count) {
            writes.add(write());
        }
        return writes;
    }

    private LogEvent write() {
        int first = random.nextInt(sectors);
        int count = 1 + random.nextInt(Math.min(8, sectors - first));
        return send(writer.write(first * (long) SECTOR, count * SECTOR));
    }

    private long sector() {
        return random.nextInt(sectors) * (long) SECTOR;
    }

    /** The epoch ends in order; another owner follows. */
    private LogEvent seal() {
        isSealed = true;
        return send(writer.seal());
    }

    /** Another owner goes on where this one was; this one does not know yet. */
    private LogEvent takeOver() {
        staleWriter = writer.copy();
        return send(writer.open(sectors * (long) SECTOR));
    }

    private LogEvent send(LogEvent event) {
        sent.add(event);
        return event;
    }

    /** The record is in the log now: what counts of it changes the volume. */
    public void append(LogEvent event) {
        if (!(cursor.judge(event.header()) instanceof Verdict.Next(LogCursor after))) {
            return;
        }
        cursor = after;
        EventHeader header = event.header();
        byte[] state = states.getLast().clone();
        long[] seqs = newest.getLast().clone();
        int from = (int) header.offset();
        int until = (int) (header.offset() + header.length());
        switch (header.kind()) {
            case EPOCH_OPENED, RESIZE -> state = Arrays.copyOf(state, (int) header.length());
            case WRITE -> event.payload().duplicate().get(state, from, until - from);
            case ZERO, TRIM -> Arrays.fill(state, from, until, (byte) 0);
            default -> {}
        }
        if (header.payloadBytes() > 0 || isZeroing(header)) {
            Arrays.fill(seqs, from / SECTOR, until / SECTOR, header.seq());
        }
        states.add(state);
        newest.add(seqs);
        epochs.add(header.epoch());
    }

    private static boolean isZeroing(EventHeader header) {
        return switch (header.kind()) {
            case ZERO, TRIM -> true;
            default -> false;
        };
    }

    /** One of the contents that a sector had between two events, as a lost write-back leaves it. */
    public ByteBuffer anyContent(int sector, long fromSeq, long untilSeq) {
        long seq = fromSeq + random.nextLong(untilSeq - fromSeq + 1);
        byte[] state = states.get((int) seq);
        ByteBuffer content = ByteBuffer.allocate(SECTOR);
        if (state.length >= (sector + 1) * SECTOR) {
            content.put(state, sector * SECTOR, SECTOR);
        }
        return content.rewind();
    }
}
