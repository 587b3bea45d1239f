package dev.farshore.capture.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.farshore.schemas.log.EventHeader;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process that appends until it is killed, and says so after each entry: {@code a SEQ}; before it
 * lets go of entries, {@code r SEQ}.
 */
final class KilledAppender {
    static final long SEED = 99;
    static final int CAPACITY_BYTES = 256 * 1024;
    static final int MAX_PAYLOAD_BYTES = 16 * 1024;

    private KilledAppender() {}

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        Random random = new Random(Long.parseLong(args[1]));
        // Not System.out: every line has to be in the pipe before the next entry is appended.
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        try (Journal journal =
                Files.exists(file)
                        ? Journal.open(file)
                        : Journal.create(
                                file, TestEvents.VVOL, CAPACITY_BYTES, JournalPosition.START)) {
            while (true) {
                long seq = journal.lastSeq() + 1;
                int bytes = TestEvents.payloadBytes(SEED, seq, MAX_PAYLOAD_BYTES);
                EventHeader event = TestEvents.event(SEED, seq, bytes);
                while (!journal.tryAppend(event, TestEvents.payload(SEED, seq, bytes))) {
                    long held = seq - journal.firstSeq();
                    long upToSeq = journal.firstSeq() + random.nextLong(held);
                    out.write("r %d\n".formatted(upToSeq).getBytes(US_ASCII));
                    journal.release(upToSeq);
                }
                out.write("a %d\n".formatted(seq).getBytes(US_ASCII));
            }
        }
    }
}
