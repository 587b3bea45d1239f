package dev.farshore.apply.store;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.SimulatedVolume;
import dev.farshore.schemas.log.LogEvent;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Writes a volume's log, with seeds in it, as owners do; some of them don't come to an end. */
final class SeedingOwner {
    private static final int SECTOR = SimulatedVolume.SECTOR;
    private static final int SECTORS = SimulatedVolume.SECTORS;
    private static final long SIZE = (long) SECTORS * SECTOR;

    private final Random random;
    private final LogWriter writer;
    private final BitSet touched = new BitSet();
    private final List<LogEvent> sent = new ArrayList<>();
    private byte[] content = new byte[(int) SIZE];
    private boolean isSeeding;
    private long seedId;

    /** Content after event i. */
    final List<byte[]> states = new ArrayList<>(List.of(new byte[0]));

    SeedingOwner(String vvol, Random random) {
        this.random = random;
        this.writer = new LogWriter(vvol);
    }

    String vvol() {
        return writer.vvol();
    }

    long seq() {
        return writer.seq();
    }

    /** The next record; one in a while was there before. */
    LogEvent next() {
        if (sent.isEmpty()) {
            return send(writer.open(SIZE));
        }
        return switch (random.nextInt(16)) {
            case 0 -> sent.get(random.nextInt(sent.size()));
            case 1 -> {
                isSeeding = false; // it was another's, which is gone
                yield send(writer.open(SIZE));
            }
            case 2, 3 -> trim();
            case 4, 5, 6 -> write();
            case 7 -> send(writer.flush());
            case 8 -> startSeed();
            default -> isSeeding ? seed() : write();
        };
    }

    /** The rest of a seed, from its start if none is under way. */
    List<LogEvent> wholeSeed() {
        List<LogEvent> events = new ArrayList<>();
        events.add(startSeed());
        while (isSeeding) {
            events.add(random.nextInt(4) == 0 ? write() : seed());
        }
        return events;
    }

    private LogEvent startSeed() {
        isSeeding = true;
        touched.clear();
        seedId++;
        return send(writer.seedStarted(seedId, SIZE));
    }

    private LogEvent seed() {
        int sector = touched.nextClearBit(0);
        while (sector < SECTORS && isZero(sector)) {
            sector = touched.nextClearBit(sector + 1);
        }
        if (sector >= SECTORS) {
            isSeeding = false;
            return send(writer.seedFinished(seedId));
        }
        touched.set(sector);
        int from = sector * SECTOR;
        return send(writer.write(from, ByteBuffer.wrap(content.clone(), from, SECTOR).slice()));
    }

    private boolean isZero(int sector) {
        for (int at = sector * SECTOR; at < (sector + 1) * SECTOR; at++) {
            if (content[at] != 0) {
                return false;
            }
        }
        return true;
    }

    private LogEvent write() {
        int sector = random.nextInt(SECTORS);
        touched.set(sector);
        LogEvent event = writer.write((long) sector * SECTOR, SECTOR);
        content = content.clone();
        event.payload().duplicate().get(content, sector * SECTOR, SECTOR);
        return send(event);
    }

    private LogEvent trim() {
        int sector = random.nextInt(SECTORS);
        touched.set(sector);
        content = content.clone();
        java.util.Arrays.fill(content, sector * SECTOR, (sector + 1) * SECTOR, (byte) 0);
        return send(writer.trim((long) sector * SECTOR, SECTOR));
    }

    private LogEvent send(LogEvent event) {
        sent.add(event);
        states.add(content);
        return event;
    }
}
