package dev.farshore.tests.upgrade;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.VolumeEndpoints;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;

import java.time.Duration;
import java.util.List;

/** A VM that writes. */
final class Guest implements AutoCloseable {
    static final long SIZE_BYTES = 96L << 20;
    private static final int RATE = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final String vm;
    private final List<WriteRecord> records;
    private final Workload workload;

    Guest(String vm, List<String> vvols, VolumeEndpoints endpoints, long seed) {
        this.vm = vm;
        this.records = vvols.stream().map(vvol -> new WriteRecord(vvol, 1, SIZE_BYTES)).toList();
        this.workload =
                new Workload(
                        records.stream()
                                .map(
                                        record ->
                                                new Workload.Volume(
                                                        record,
                                                        new DatabaseSource(
                                                                record.markerOffset(),
                                                                seed + record.vvol().hashCode(),
                                                                RATE),
                                                        4))
                                .toList(),
                        endpoints,
                        new WorkloadTimeouts(Duration.ofSeconds(5), PATIENCE, PATIENCE));
    }

    String vm() {
        return vm;
    }

    List<WriteRecord> records() {
        return records;
    }

    String firstVolume() {
        return records.getFirst().vvol();
    }

    List<String> volumes() {
        return records.stream().map(WriteRecord::vvol).toList();
    }

    Workload workload() {
        return workload;
    }

    @Override
    public void close() {
        workload.close();
    }
}
