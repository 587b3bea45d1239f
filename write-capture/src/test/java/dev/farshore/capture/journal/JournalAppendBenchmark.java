package dev.farshore.capture.journal;

import com.sun.management.ThreadMXBean;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Appends per second and bytes allocated for each, by hand: {@code JournalAppendBenchmark [FOLDER
 * [SECONDS]]}.
 */
final class JournalAppendBenchmark {
    private static final int PAYLOAD_BYTES = 4096;
    private static final long CAPACITY_BYTES = 64L << 20;

    private JournalAppendBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args.length > 0 ? args[0] : System.getProperty("java.io.tmpdir"));
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path file = Files.createTempDirectory(directory, "farshore-bench").resolve("journal");
        ByteBuffer payload = ByteBuffer.allocateDirect(PAYLOAD_BYTES);
        CRC32C crc = new CRC32C();
        crc.update(payload.duplicate());
        try (Journal journal =
                Journal.create(file, "bench", CAPACITY_BYTES, JournalPosition.START)) {
            for (int second = 0; second < seconds; second++) {
                measure(journal, payload, (int) crc.getValue());
            }
        } finally {
            JournalFiles.delete(file);
            Files.delete(file.getParent());
        }
    }

    private static void measure(Journal journal, ByteBuffer payload, int crc) throws IOException {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        JournalReader reader = journal.reader();
        long allocatedBytes = thread.getCurrentThreadAllocatedBytes();
        long startNanos = System.nanoTime();
        long cpuNanos = thread.getCurrentThreadCpuTime();
        long first = journal.lastSeq() + 1;
        long seq = first;
        for (; System.nanoTime() - startNanos < 1_000_000_000L; seq++) {
            EventHeader event =
                    new EventHeader(
                            "bench",
                            1,
                            seq,
                            seq,
                            EventKind.WRITE,
                            seq << 12,
                            PAYLOAD_BYTES,
                            seq << 12,
                            0,
                            crc,
                            "");
            if (!journal.tryAppend(event, payload)) {
                throw new IllegalStateException("journal is full");
            }
            reader.moveTo(seq);
            if ((seq & 127) == 0) {
                journal.release(seq - 64);
            }
        }
        double events = seq - first;
        System.out.printf(
                "%.0f appends/s, %.0f per second of CPU, %.1f bytes allocated for each%n",
                events * 1e9 / (System.nanoTime() - startNanos),
                events * 1e9 / (thread.getCurrentThreadCpuTime() - cpuNanos),
                (thread.getCurrentThreadAllocatedBytes() - allocatedBytes) / events);
    }
}
