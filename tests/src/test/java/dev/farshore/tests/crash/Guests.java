package dev.farshore.tests.crash;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadException;
import dev.farshore.testkit.workload.WorkloadTimeouts;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Several clients of one volume, each with many requests in flight on a region of its own, each
 * with a record of what it was told. A gate keeps them away while what they were told is checked.
 */
final class Guests implements AutoCloseable {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
    private static final int DEPTH = 16;

    private final Supplier<NbdUri> uri;
    private final List<WriteRecord> records = new ArrayList<>();
    private final List<Workload> workloads = new ArrayList<>();
    private volatile boolean gateIsOpen = true;

    /**
     * Clients that are not connected yet.
     *
     * @param operationsPerSecond of each; 0 for as many as the volume takes
     * @param hasFua whether some writes wait until they are stable
     * @param answerPatience how long all requests in flight may go unanswered
     */
    Guests(
            String vvol,
            Supplier<NbdUri> uri,
            int count,
            long regionBytes,
            long seed,
            int operationsPerSecond,
            boolean hasFua,
            Duration answerPatience) {
        this.uri = uri;
        WorkloadTimeouts patience =
                new WorkloadTimeouts(
                        Duration.ofSeconds(20), Duration.ofSeconds(120), answerPatience);
        for (int guest = 0; guest < count; guest++) {
            long start = guest * regionBytes;
            WriteRecord record = new WriteRecord(vvol, guest + 1, start + regionBytes);
            long usableBytes = record.markerOffset() - start;
            records.add(record);
            workloads.add(
                    new Workload(
                            List.of(
                                    new Workload.Volume(
                                            record,
                                            new RegionSource(
                                                    start,
                                                    usableBytes,
                                                    seed + guest,
                                                    operationsPerSecond,
                                                    hasFua),
                                            DEPTH)),
                            this::locate,
                            patience));
        }
    }

    private NbdUri locate(String name) throws IOException {
        if (!gateIsOpen) {
            throw new IOException("kept away");
        }
        return uri.get();
    }

    void start() {
        workloads.forEach(Workload::start);
    }

    /** From now on who loses its connection does not get another. */
    void closeGate() {
        gateIsOpen = false;
    }

    void openGate() {
        gateIsOpen = true;
    }

    /** Sends nothing new, waits for what is in flight, flushes. */
    void stop() throws WorkloadException, InterruptedException {
        for (Workload workload : workloads) {
            workload.stop();
        }
    }

    void checkHealth() throws WorkloadException {
        for (Workload workload : workloads) {
            workload.checkHealth();
        }
    }

    /** Reads all that was ever written, and compares; with what the guests' own reads found. */
    List<Difference> differences() throws IOException {
        List<Difference> differences = new ArrayList<>();
        workloads.forEach(workload -> differences.addAll(workload.differences()));
        try (NbdClient client = NbdClient.connect(uri.get(), CONNECT_LIMIT)) {
            for (WriteRecord record : records) {
                differences.addAll(ReadBack.differences(record, client));
            }
        }
        return differences;
    }

    /** Requests answered so far. */
    long answered() {
        return workloads.stream()
                .map(Workload::snapshot)
                .mapToLong(snapshot -> snapshot.writes() + snapshot.reads())
                .sum();
    }

    /** Writes sent so far, of any kind. */
    long issued() {
        return records.stream().mapToLong(WriteRecord::issued).sum();
    }

    int flushPoints() {
        return records.stream().mapToInt(WriteRecord::flushPoints).sum();
    }

    @Override
    public void close() {
        workloads.forEach(Workload::close);
    }
}
