package dev.farshore.bench.demo;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;
import dev.farshore.testkit.verify.FlushPointChecker;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.workload.VolumeStats;
import dev.farshore.testkit.workload.Workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that was found out, made into the report. */
record DemoResults(
        List<WriteRecord> records,
        FlushPointChecker checker,
        Workload workload,
        List<ImageVerification> verifications,
        List<String> sites) {

    private static final int MAX_DIFFERENCES = 20;

    DemoReport report(
            Duration duration,
            DemoReport.Distribution lagMillis,
            List<DemoReport.Migration> migrations,
            long longestStallMillis) {
        VolumeStats.Snapshot stats = workload.snapshot();
        List<String> faults = faults(stats);
        double seconds = Math.max(1, duration.toMillis()) / 1e3;
        return new DemoReport(
                faults.isEmpty(),
                faults,
                duration.toMillis(),
                stats.writes(),
                stats.bytesWritten(),
                stats.reads(),
                Math.round(stats.writes() / seconds),
                Math.round(stats.bytesWritten() / seconds / 1e5) / 10.0,
                lostWrites(),
                areImagesIdentical(),
                stats.wrongReads(),
                flushPoints(),
                checkedBySite(),
                checker.wrongSectors(),
                lagMillis,
                DemoReport.Latencies.of(stats),
                migrations,
                stats.connections() - records.size(),
                longestStallMillis,
                verifications.stream().mapToLong(ImageVerification::comparedBytes).sum(),
                differences());
    }

    private List<String> faults(VolumeStats.Snapshot stats) {
        List<String> faults = new ArrayList<>();
        if (lostWrites() > 0) {
            faults.add("%,d acknowledged writes are lost".formatted(lostWrites()));
        }
        long strays = verifications.stream().mapToLong(ImageVerification::wrongSectors).sum();
        if (strays > 0) {
            faults.add("%,d sectors of the images are not as written".formatted(strays));
        }
        if (!areImagesIdentical()) {
            faults.add("the images of the sites differ");
        }
        if (stats.wrongReads() > 0) {
            faults.add("%,d reads returned something not written".formatted(stats.wrongReads()));
        }
        if (checker.wrongSectors() > 0) {
            faults.add("%,d sectors were wrong at flush points".formatted(checker.wrongSectors()));
        }
        checkedBySite()
                .forEach(
                        (site, checked) -> {
                            if (checked == 0) {
                                faults.add("no flush point was checked at site " + site);
                            }
                        });
        return faults;
    }

    private long lostWrites() {
        return verifications.stream().mapToLong(ImageVerification::lostWrites).sum();
    }

    private boolean areImagesIdentical() {
        return verifications.stream().allMatch(ImageVerification::imagesIdentical);
    }

    private long flushPoints() {
        return records.stream().mapToLong(WriteRecord::flushPoints).sum();
    }

    private Map<String, Long> checkedBySite() {
        Map<String, Long> checked = new TreeMap<>();
        sites.forEach(site -> checked.put(site, checker.checked(site)));
        return checked;
    }

    /** Those found first come first. */
    private List<Difference> differences() {
        List<Difference> all = new ArrayList<>(workload.differences());
        all.addAll(checker.differences());
        verifications.forEach(verification -> all.addAll(verification.differences()));
        return all.subList(0, Math.min(MAX_DIFFERENCES, all.size()));
    }
}
